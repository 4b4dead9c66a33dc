import { useMessages } from "@/messages";
import { Field, Select } from "@/ui/Field";
import type { ReservesDraft } from "../draft";
import { useForm } from "../useKeyForm";
import { optionsOf } from "./SettingField";
import { UnitInput } from "./UnitInput";

const PRIORITIES = ["low", "normal", "high"] as const;

/** Up to which share of each budget calls of a priority are let in, and what becomes of them beyond that. */
export function ReservesFields({ reserves }: { reserves: ReservesDraft }) {
  const m = useMessages().keySettings;
  const { set, errorAt } = useForm().form;
  const edit = (edited: Partial<ReservesDraft>) => set({ priorityReserves: { ...reserves, ...edited } });
  return (
    <div className="space-y-3">
      {PRIORITIES.map((priority) => {
        const reserve = reserves[priority];
        return (
          <fieldset key={priority} className="grid gap-3 sm:grid-cols-[6rem_8rem_14rem]">
            <legend className="sr-only">{m.choices.priority[priority]}</legend>
            <span aria-hidden className="text-sm font-medium sm:pt-7">
              {m.choices.priority[priority]}
            </span>
            <Field label={m.policies.upTo} error={errorAt(`priorityReserves.${priority}.upToPercent`)}>
              <UnitInput
                inputMode="numeric"
                unit={m.units.percent}
                value={reserve.upToPercent}
                onChange={(event) => edit({ [priority]: { ...reserve, upToPercent: event.target.value } })}
              />
            </Field>
            <Field label={m.policies.beyond}>
              <Select
                value={reserve.policy}
                options={optionsOf(m.choices.policy)}
                onChange={(event) =>
                  edit({ [priority]: { ...reserve, policy: event.target.value as typeof reserve.policy } })
                }
              />
            </Field>
          </fieldset>
        );
      })}
      <Field
        label={m.policies.pacing}
        hint={m.policies.pacingHint}
        error={errorAt("priorityReserves.pacingSlackPercent")}
      >
        <UnitInput
          inputMode="numeric"
          unit={m.units.percent}
          value={reserves.pacingSlackPercent}
          onChange={(event) => edit({ pacingSlackPercent: event.target.value })}
        />
      </Field>
    </div>
  );
}
