import { useMessages } from "@/messages";
import { Select } from "@/ui/Field";
import type { ThresholdDraft } from "../draft";
import { durationText } from "../durationText";
import { DurationInput } from "../parts/DurationInput";
import { SettingField } from "../parts/SettingField";
import { ThresholdRows } from "../parts/ThresholdRows";
import { useForm } from "../useKeyForm";

export function AlertsGroup() {
  const m = useMessages().keySettings;
  const { form, surroundings } = useForm();
  const { draft, set, errorAt } = form;
  const defaults = surroundings.alertDefaults.budgetAlertThresholds;
  const own = draft.budgetAlertThresholds;
  const mode = own === null ? "inherited" : own.length === 0 ? "none" : "own";

  function choose(wanted: string) {
    const starting = (): ThresholdDraft[] => defaults.map((each) => ({ ...each, percent: String(each.percent) }));
    set({ budgetAlertThresholds: wanted === "inherited" ? null : wanted === "none" ? [] : starting() });
  }

  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField
        field="budgetAlertThresholds"
        inherited={
          mode === "inherited"
            ? `${m.alerts.inherited} ${defaults.map(({ percent }) => `${percent} %`).join(", ")}.`
            : mode === "none"
              ? m.alerts.none
              : undefined
        }
      >
        <Select
          value={mode}
          options={[
            ["inherited", m.choices.thresholds.inherited],
            ["own", m.choices.thresholds.own],
            ["none", m.choices.thresholds.none],
          ]}
          onChange={(event) => choose(event.target.value)}
        />
      </SettingField>
      <SettingField
        field="alertDebounceSeconds"
        inherited={m.inherited.asDefault(durationText(surroundings.alertDefaults.debounceSeconds, m.units))}
      >
        <DurationInput
          value={draft.alertDebounceSeconds}
          onChange={(alertDebounceSeconds) => set({ alertDebounceSeconds })}
        />
      </SettingField>
      {own !== null && own.length > 0 && (
        <div className="sm:col-span-2">
          <ThresholdRows
            thresholds={own}
            onChange={(budgetAlertThresholds) => set({ budgetAlertThresholds })}
            errorAt={(path) => errorAt(`budgetAlertThresholds.${path}`)}
          />
        </div>
      )}
    </div>
  );
}
