import { ChevronRight, CircleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import type { DraftField, KeyView } from "./draft";
import { AlertsGroup } from "./groups/AlertsGroup";
import { BillingGroup } from "./groups/BillingGroup";
import { ExpiryGroup } from "./groups/ExpiryGroup";
import { HolderGroup } from "./groups/HolderGroup";
import { IdentityGroup } from "./groups/IdentityGroup";
import { LimitsGroup } from "./groups/LimitsGroup";
import { ModelsGroup } from "./groups/ModelsGroup";
import { PoliciesGroup } from "./groups/PoliciesGroup";
import { PricesGroup } from "./groups/PricesGroup";
import { RatesGroup } from "./groups/RatesGroup";
import type { Surroundings } from "./inherited";
import { summaryOf } from "./summaries";
import { GROUPS, type GroupId, type KeyForm, KeyFormContext, useForm } from "./useKeyForm";

type KeySettingsFieldsProps = {
  form: KeyForm;
  surroundings: Surroundings;
  /** The key as it is stored; null for one that is to be created. */
  apiKey: KeyView | null;
  /** The groups that are open at first; the others show what is set in them in a line. */
  open?: readonly GroupId[];
  /** The groups that are shown, if not all. */
  groups?: readonly GroupId[];
  isDisabled?: boolean;
};

const CONTENTS: Record<GroupId, (apiKey: KeyView | null) => ReactNode> = {
  identity: (apiKey) => <IdentityGroup isSelfNamed={apiKey?.selfNamed ?? false} />,
  limits: () => <LimitsGroup />,
  rates: () => <RatesGroup />,
  models: () => <ModelsGroup />,
  alerts: () => <AlertsGroup />,
  expiry: (apiKey) => <ExpiryGroup apiKey={apiKey} />,
  billing: () => <BillingGroup />,
  prices: (apiKey) => <PricesGroup apiKey={apiKey} />,
  policies: () => <PoliciesGroup />,
  holder: () => <HolderGroup />,
};

/** All of a key's settings, in groups that are collapsed to a line each. */
export function KeySettingsFields({
  form,
  surroundings,
  apiKey,
  open = [],
  groups = Object.keys(GROUPS) as GroupId[],
  isDisabled = false,
}: KeySettingsFieldsProps) {
  return (
    <KeyFormContext value={{ form, surroundings, isNew: apiKey === null }}>
      <div className="divide-y divide-line rounded-lg border border-line bg-surface">
        {groups.map((group) => (
          <Group key={group} group={group} isOpenAtFirst={open.includes(group)} isDisabled={isDisabled}>
            {CONTENTS[group](apiKey)}
          </Group>
        ))}
      </div>
    </KeyFormContext>
  );
}

type GroupProps = { group: GroupId; isOpenAtFirst: boolean; isDisabled: boolean; children: ReactNode };

function Group({ group, isOpenAtFirst, isDisabled, children }: GroupProps) {
  const m = useMessages().keySettings;
  const locale = useLocale();
  const { form, surroundings } = useForm();
  const [isOpen, setIsOpen] = useState(isOpenAtFirst);
  const fields: readonly DraftField[] = GROUPS[group];
  const isFaulty = fields.some((field) => form.errorWithin(field) !== undefined);
  const changed = fields.filter((field) => form.changedFields.includes(field)).length;

  return (
    <details open={isOpen || isFaulty} onToggle={(event) => setIsOpen(event.currentTarget.open)} className="group">
      <summary className="flex list-none items-start gap-2 px-4 py-3 hover:bg-sunken/60 [&::-webkit-details-marker]:hidden">
        <ChevronRight size={16} aria-hidden className="mt-0.5 shrink-0 text-muted group-open:rotate-90" />
        <span className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-[13rem_minmax(0,1fr)]">
          <span className="font-semibold">{m.groups[group]}</span>
          <span className="min-w-0 text-sm break-words text-muted sm:pt-px">
            {summaryOf(group, { draft: form.draft, surroundings, m, locale })}
          </span>
        </span>
        {isFaulty && (
          <Badge tone="bad" icon={CircleAlert}>
            {m.faulty}
          </Badge>
        )}
        {changed > 0 && <Badge tone="accent">{m.save.changed(changed)}</Badge>}
      </summary>
      <fieldset disabled={isDisabled} className="min-w-0 px-4 pt-1 pb-5 sm:pl-10">
        <legend className="sr-only">{m.groups[group]}</legend>
        {(isOpen || isFaulty) && children}
      </fieldset>
    </details>
  );
}
