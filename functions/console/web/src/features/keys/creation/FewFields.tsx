import type { KeyDraft } from "@/features/key-settings/draft";
import type { Surroundings } from "@/features/key-settings/inherited";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { ModelsPicker } from "@/features/key-settings/parts/ModelPicker";
import type { KeyForm } from "@/features/key-settings/useKeyForm";
import { useMessages } from "@/messages";
import { Field, Input, MoneyInput, Select } from "@/ui/Field";
import { formatUsd } from "@/ui/money";

/** The fields of a new key that stand here; what is wrong with others is shown among all settings. */
export const IN_FEW_FIELDS: ReadonlySet<string> = new Set<keyof KeyDraft>([
  "name",
  "parentId",
  "ownerEmail",
  "budgetLimit",
  "quotaLimit",
  "quotaPeriod",
  "allowedModels",
]);

const PERIODS = ["day", "week", "month"] as const;

/** What most keys need: whose it is, what it may spend, and on what. */
export function FewFields({ form, surroundings }: { form: KeyForm; surroundings: Surroundings }) {
  const m = useMessages().keys.creation;
  const { draft, set, errorWithin } = form;
  const [parent] = surroundings.ancestors;
  return (
    <div className="space-y-4">
      <Field label={m.name} hint={m.nameHint} error={errorWithin("name")}>
        <Input
          required
          autoFocus
          autoComplete="off"
          maxLength={128}
          value={draft.name}
          onChange={({ target }) => set({ name: target.value })}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={m.owner} hint={m.ownerHint} error={errorWithin("ownerEmail")}>
          <Input
            type="email"
            autoComplete="off"
            value={draft.ownerEmail}
            onChange={({ target }) => set({ ownerEmail: target.value.trim() })}
          />
        </Field>
        <Field
          label={m.parent}
          hint={parent === undefined ? m.parentHint : m.parentChosen(limitsOf(parent, m))}
          error={errorWithin("parentId")}
        >
          <KeyPicker value={draft.parentId} onChange={(parentId) => set({ parentId })} />
        </Field>
      </div>
      <fieldset className="grid gap-4 sm:grid-cols-2">
        <legend className="mb-2 text-sm text-muted">{m.limitsHint}</legend>
        <Field label={m.budget} hint={m.budgetHint} error={errorWithin("budgetLimit")}>
          <MoneyInput value={draft.budgetLimit} onChange={({ target }) => set({ budgetLimit: target.value.trim() })} />
        </Field>
        <div className="grid grid-cols-[minmax(0,1fr)_7.5rem] gap-2">
          <Field label={m.quota} hint={m.quotaHint} error={errorWithin("quotaLimit")}>
            <MoneyInput value={draft.quotaLimit} onChange={({ target }) => set({ quotaLimit: target.value.trim() })} />
          </Field>
          <Field label={m.period}>
            <Select
              options={PERIODS.map((period) => [period, m.periods[period]])}
              value={draft.quotaPeriod}
              onChange={({ target }) =>
                set({ quotaPeriod: PERIODS.find((each) => each === target.value) ?? "month", quotaStartDay: "1" })
              }
            />
          </Field>
        </div>
      </fieldset>
      <Field label={m.models} hint={m.modelsHint} error={errorWithin("allowedModels")}>
        <ModelsPicker
          values={draft.allowedModels ?? []}
          onChange={(models) => set({ allowedModels: models.length === 0 ? null : models })}
        />
      </Field>
    </div>
  );
}

type Told = ReturnType<typeof useMessages>["keys"]["creation"];

/** What the parent itself may spend: no child gets more. */
function limitsOf({ budgetLimit, quotaLimit, quotaPeriod }: Surroundings["ancestors"][number], m: Told): string[] {
  const limits: string[] = [];
  if (budgetLimit !== null) limits.push(m.parentsBudget(formatUsd(budgetLimit)));
  if (quotaLimit !== null && quotaPeriod !== null) {
    limits.push(m.parentsQuota(formatUsd(quotaLimit), m.periods[quotaPeriod]));
  }
  return limits;
}
