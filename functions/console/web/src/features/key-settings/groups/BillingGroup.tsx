import { useMessages } from "@/messages";
import { MoneyInput, Select } from "@/ui/Field";
import type { KeyDraft } from "../draft";
import { nearest } from "../inherited";
import { optionsOf, SettingField } from "../parts/SettingField";
import { UnitInput } from "../parts/UnitInput";
import { useForm } from "../useKeyForm";

export function BillingGroup() {
  const m = useMessages().keySettings;
  const { form, surroundings } = useForm();
  const { draft, set } = form;
  const above = nearest(surroundings, "billingMode");
  const inherited =
    above === null
      ? m.inherited.asDefault(m.choices.billingMode.internal)
      : m.inherited.asAbove(m.choices.billingMode[above.value], above.from.name);
  const isHybrid = draft.billingMode === "hybrid";
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SettingField field="billingMode" className="sm:col-span-2">
        <Select
          className="sm:max-w-md"
          value={draft.billingMode}
          options={[["", inherited], ...optionsOf(m.choices.billingMode)]}
          onChange={(event) => set({ billingMode: event.target.value as KeyDraft["billingMode"] })}
        />
      </SettingField>
      {isHybrid && (
        <SettingField field="overage">
          <Select
            value={draft.overage}
            options={optionsOf(m.choices.overage)}
            onChange={(event) => set({ overage: event.target.value as KeyDraft["overage"] })}
          />
        </SettingField>
      )}
      {isHybrid && draft.overage === "metered" && (
        <>
          <SettingField field="overageLimit" className="sm:col-start-1">
            <MoneyInput value={draft.overageLimit} onChange={(event) => set({ overageLimit: event.target.value })} />
          </SettingField>
          <SettingField field="overageFactor">
            <UnitInput
              unit={m.units.times}
              value={draft.overageFactor}
              onChange={(event) => set({ overageFactor: event.target.value })}
            />
          </SettingField>
        </>
      )}
    </div>
  );
}
