import { useMessages } from "@/messages";
import { Field, MoneyInput, Select } from "@/ui/Field";
import type { IncreaseDraft } from "../draft";
import { useForm } from "../useKeyForm";
import { DurationInput } from "./DurationInput";
import { optionsOf } from "./SettingField";
import { UnitInput } from "./UnitInput";

/** By how much a key's limits rise by themselves, how far, how often and for how long. */
export function IncreaseFields({ increase }: { increase: IncreaseDraft }) {
  const m = useMessages().keySettings;
  const { draft, set, errorAt, errorWithin } = useForm().form;
  const edit = (edited: Partial<IncreaseDraft>) => set({ automaticIncrease: { ...increase, ...edited } });
  const isIdle = draft.priority === "low" || draft.priority === "normal";
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
      {isIdle && <p className="text-sm text-warn sm:col-span-2 xl:col-span-3">{m.policies.needsPriority}</p>}
      <div className="grid grid-cols-2 gap-2">
        <Field label={m.policies.step} error={errorWithin("automaticIncrease.by")}>
          {increase.unit === "usd" ? (
            <MoneyInput value={increase.by} onChange={(event) => edit({ by: event.target.value })} />
          ) : (
            <UnitInput
              inputMode="numeric"
              unit={m.units.percent}
              value={increase.by}
              onChange={(event) => edit({ by: event.target.value })}
            />
          )}
        </Field>
        <Field label={m.policies.stepUnit}>
          <Select
            value={increase.unit}
            options={optionsOf(m.choices.stepUnit)}
            onChange={(event) => edit({ unit: event.target.value as IncreaseDraft["unit"] })}
          />
        </Field>
      </div>
      <Field label={m.policies.maxTotal} hint={m.policies.maxTotalHint} error={errorAt("automaticIncrease.maxTotal")}>
        <MoneyInput value={increase.maxTotal} onChange={(event) => edit({ maxTotal: event.target.value })} />
      </Field>
      <Field
        label={m.policies.atPercent}
        hint={m.policies.atPercentHint}
        error={errorAt("automaticIncrease.atPercent")}
      >
        <UnitInput
          inputMode="numeric"
          unit={m.units.percent}
          value={increase.atPercent}
          onChange={(event) => edit({ atPercent: event.target.value })}
        />
      </Field>
      <Field label={m.policies.times} hint={m.policies.timesHint} error={errorAt("automaticIncrease.times")}>
        <UnitInput
          inputMode="numeric"
          unit={m.units.times}
          value={increase.times}
          onChange={(event) => edit({ times: event.target.value })}
        />
      </Field>
      <Field label={m.policies.ttl} hint={m.policies.ttlHint} error={errorAt("automaticIncrease.ttlSeconds")}>
        <DurationInput value={increase.ttlSeconds} onChange={(ttlSeconds) => edit({ ttlSeconds })} />
      </Field>
      <Field label={m.policies.cooldown} error={errorAt("automaticIncrease.cooldownSeconds")}>
        <DurationInput value={increase.cooldownSeconds} onChange={(cooldownSeconds) => edit({ cooldownSeconds })} />
      </Field>
    </div>
  );
}
