import { useMessages } from "@/messages";
import { SettingField } from "../parts/SettingField";
import { UnitInput } from "../parts/UnitInput";
import { useForm } from "../useKeyForm";

export function RatesGroup() {
  const m = useMessages().keySettings;
  const { draft, set } = useForm().form;
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <SettingField field="rpmLimit">
        <UnitInput
          inputMode="numeric"
          unit={m.units.perMinute}
          value={draft.rpmLimit}
          onChange={(event) => set({ rpmLimit: event.target.value })}
        />
      </SettingField>
      <SettingField field="tpmLimit">
        <UnitInput
          inputMode="numeric"
          unit={m.units.perMinute}
          value={draft.tpmLimit}
          onChange={(event) => set({ tpmLimit: event.target.value })}
        />
      </SettingField>
      <SettingField field="maxParallel">
        <UnitInput
          inputMode="numeric"
          unit={m.units.atOnce}
          value={draft.maxParallel}
          onChange={(event) => set({ maxParallel: event.target.value })}
        />
      </SettingField>
    </div>
  );
}
