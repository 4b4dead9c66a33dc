import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Checkbox, Select } from "@/ui/Field";
import { type KeyDraft, NEW_DOWNGRADE, NEW_INCREASE, NEW_RESERVES } from "../draft";
import { DowngradeFields } from "../parts/DowngradeFields";
import { IncreaseFields } from "../parts/IncreaseFields";
import { ReservesFields } from "../parts/ReservesFields";
import { optionsOf, SettingField } from "../parts/SettingField";
import { useForm } from "../useKeyForm";

type Policy = "priorityReserves" | "automaticIncrease" | "downgrade";

export function PoliciesGroup() {
  const m = useMessages().keySettings;
  const { draft, set } = useForm().form;
  return (
    <div className="space-y-5">
      <SettingField field="priority" className="sm:max-w-md">
        <Select
          value={draft.priority}
          options={optionsOf(m.choices.priority)}
          onChange={(event) => set({ priority: event.target.value as KeyDraft["priority"] })}
        />
      </SettingField>
      <Switchable policy="priorityReserves" isOn={draft.priorityReserves !== null} starting={NEW_RESERVES}>
        {draft.priorityReserves !== null && <ReservesFields reserves={draft.priorityReserves} />}
      </Switchable>
      <Switchable policy="automaticIncrease" isOn={draft.automaticIncrease !== null} starting={NEW_INCREASE}>
        {draft.automaticIncrease !== null && <IncreaseFields increase={draft.automaticIncrease} />}
      </Switchable>
      <Switchable policy="downgrade" isOn={draft.downgrade !== null} starting={NEW_DOWNGRADE}>
        {draft.downgrade !== null && <DowngradeFields downgrade={draft.downgrade} />}
      </Switchable>
    </div>
  );
}

type SwitchableProps<P extends Policy> = {
  policy: P;
  isOn: boolean;
  starting: NonNullable<KeyDraft[P]>;
  children: ReactNode;
};

/** A policy that a key has or hasn't; what belongs to it is shown while it has. */
function Switchable<P extends Policy>({ policy, isOn, starting, children }: SwitchableProps<P>) {
  const { label, hint } = useMessages().keySettings.fields[policy];
  const { set, errorAt } = useForm().form;
  const error = errorAt(policy);
  return (
    <div>
      <Checkbox
        label={label}
        hint={hint}
        checked={isOn}
        onChange={(event) => set({ [policy]: event.target.checked ? starting : null })}
      />
      {isOn && <div className="mt-3 border-l-2 border-line pl-4">{children}</div>}
      {error !== undefined && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
