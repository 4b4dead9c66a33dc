import { useMessages } from "@/messages";
import { Input, Select } from "@/ui/Field";
import { lowestSafetyLevel, restrictingModels } from "../inherited";
import { ModelsPicker } from "../parts/ModelPicker";
import { SettingField } from "../parts/SettingField";
import { useForm } from "../useKeyForm";

export function ModelsGroup() {
  const m = useMessages().keySettings;
  const { form, surroundings } = useForm();
  const { draft, set } = form;
  const level = lowestSafetyLevel(surroundings);
  const restricting = restrictingModels(surroundings);
  const restricted =
    restricting.length === 0 ? undefined : m.inherited.restrictedBy(restricting.map(({ name }) => name).join(", "));
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <div className="min-w-0 space-y-2">
        <SettingField field="allowedModels" inherited={restricted}>
          <Select
            value={draft.allowedModels === null ? "all" : "some"}
            options={[
              ["all", m.choices.models.all],
              ["some", m.choices.models.some],
            ]}
            onChange={(event) => set({ allowedModels: event.target.value === "all" ? null : [] })}
          />
        </SettingField>
        {draft.allowedModels !== null && (
          <ModelsPicker
            aria-label={m.fields.allowedModels.label}
            values={draft.allowedModels}
            onChange={(allowedModels) => set({ allowedModels })}
          />
        )}
      </div>
      <SettingField
        field="safetyLevel"
        inherited={level === null ? undefined : m.inherited.atMost(String(level.value), level.from.name)}
      >
        <Input
          inputMode="numeric"
          className="max-w-40"
          placeholder={level === null ? undefined : String(level.value)}
          value={draft.safetyLevel}
          onChange={(event) => set({ safetyLevel: event.target.value })}
        />
      </SettingField>
    </div>
  );
}
