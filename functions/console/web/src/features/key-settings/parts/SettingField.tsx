import type { ComponentProps, ReactNode } from "react";
import { useMessages } from "@/messages";
import { Checkbox, Field } from "@/ui/Field";
import type { DraftField } from "../draft";
import { useForm } from "../useKeyForm";

type SettingFieldProps = {
  field: DraftField;
  /** What the key has while the field is empty, and from whom. */
  inherited?: ReactNode;
  className?: string;
  children: ComponentProps<typeof Field>["children"];
};

/** A setting with its name, what it does, what it is where it isn't set, and what is wrong with it. */
export function SettingField({ field, inherited, className, children }: SettingFieldProps) {
  const { label, hint } = useMessages().keySettings.fields[field];
  const { errorWithin } = useForm().form;
  return (
    <Field
      label={label}
      className={className}
      error={errorWithin(field)}
      hint={
        <>
          {hint} {inherited !== undefined && <span className="text-ink">{inherited}</span>}
        </>
      }
    >
      {children}
    </Field>
  );
}

type BooleanField = "quotaCarryUnused" | "quotaCarryOverspend" | "overcommit" | "keepBodies" | "manageChildren";

export function SettingCheckbox({ field, className }: { field: BooleanField; className?: string }) {
  const { label, hint } = useMessages().keySettings.fields[field];
  const { draft, set } = useForm().form;
  return (
    <Checkbox
      className={className}
      label={label}
      hint={hint}
      checked={draft[field]}
      onChange={(event) => set({ [field]: event.target.checked })}
    />
  );
}

/** Options of a select from what each is called. */
export function optionsOf<Id extends string>(names: Readonly<Record<Id, string>>): Array<readonly [Id, string]> {
  return (Object.keys(names) as Id[]).map((id) => [id, names[id]] as const);
}
