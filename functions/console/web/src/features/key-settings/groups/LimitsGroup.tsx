import { useMessages } from "@/messages";
import { MoneyInput, Select } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import type { KeyDraft, KeyView } from "../draft";
import { optionsOf, SettingCheckbox, SettingField } from "../parts/SettingField";
import { ZoneInput } from "../parts/ZoneInput";
import { useForm } from "../useKeyForm";

const DAYS = { day: 1, week: 7, month: 31 };

export function LimitsGroup() {
  const m = useMessages().keySettings;
  const { form, surroundings } = useForm();
  const { draft, set } = form;
  const parent = surroundings.ancestors[0];
  const hasQuota = draft.quotaLimit.trim() !== "";
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField field="budgetLimit" inherited={parentBudget(parent, m)}>
        <MoneyInput value={draft.budgetLimit} onChange={(event) => set({ budgetLimit: event.target.value })} />
      </SettingField>
      <SettingField field="enforcement">
        <Select
          value={draft.enforcement}
          options={optionsOf(m.choices.enforcement)}
          onChange={(event) => set({ enforcement: event.target.value as KeyDraft["enforcement"] })}
        />
      </SettingField>
      <SettingField field="quotaLimit" inherited={parentQuota(parent, m)}>
        <MoneyInput value={draft.quotaLimit} onChange={(event) => set({ quotaLimit: event.target.value })} />
      </SettingField>
      <SettingField field="quotaPeriod">
        <Select
          value={draft.quotaPeriod}
          disabled={!hasQuota}
          options={optionsOf(m.choices.period)}
          onChange={(event) => set({ quotaPeriod: event.target.value as KeyDraft["quotaPeriod"], quotaStartDay: "1" })}
        />
      </SettingField>
      {hasQuota && (
        <>
          {draft.quotaPeriod !== "day" && <StartDay />}
          <SettingField field="quotaZone">
            <ZoneInput value={draft.quotaZone} onChange={(quotaZone) => set({ quotaZone })} />
          </SettingField>
          <SettingCheckbox field="quotaCarryUnused" className="sm:col-start-1" />
          <SettingCheckbox field="quotaCarryOverspend" />
        </>
      )}
      <SettingCheckbox field="overcommit" className="sm:col-span-2" />
      <SettingField field="budgetRefusalStatus">
        <Select
          value={draft.budgetRefusalStatus}
          options={[["", m.inherited.deployment], ...optionsOf(m.choices.refusal)]}
          onChange={(event) => set({ budgetRefusalStatus: event.target.value as KeyDraft["budgetRefusalStatus"] })}
        />
      </SettingField>
    </div>
  );
}

function StartDay() {
  const m = useMessages().keySettings;
  const { draft, set } = useForm().form;
  const isWeek = draft.quotaPeriod === "week";
  return (
    <SettingField
      field="quotaStartDay"
      inherited={Number(draft.quotaStartDay) > 28 ? m.choices.shortMonths : undefined}
    >
      <Select
        value={draft.quotaStartDay}
        options={Array.from({ length: DAYS[draft.quotaPeriod] }, (_, index) => {
          const day = index + 1;
          return [String(day), isWeek ? m.choices.weekday(day) : m.choices.monthday(day)] as const;
        })}
        onChange={(event) => set({ quotaStartDay: event.target.value })}
      />
    </SettingField>
  );
}

type Told = ReturnType<typeof useMessages>["keySettings"];

function parentBudget(parent: KeyView | undefined, m: Told): string | undefined {
  if (parent === undefined || parent.budgetLimit === null) return undefined;
  return m.inherited.parentLimit(parent.name, m.summary.budget(formatUsd(parent.budgetLimit)));
}

function parentQuota(parent: KeyView | undefined, m: Told): string | undefined {
  if (parent === undefined || parent.quotaLimit === null || parent.quotaPeriod === null) return undefined;
  const quota = m.summary.quota(formatUsd(parent.quotaLimit), m.choices.perPeriod[parent.quotaPeriod]);
  return m.inherited.parentLimit(parent.name, quota);
}
