import { RotateCcw } from "lucide-react";
import type { ReactElement } from "react";
import { useSession } from "@/app/session";
import { durationText } from "@/features/key-settings/durationText";
import { ChipsInput } from "@/features/key-settings/parts/ChipsInput";
import { DurationInput } from "@/features/key-settings/parts/DurationInput";
import { optionsOf } from "@/features/key-settings/parts/SettingField";
import { UnitInput } from "@/features/key-settings/parts/UnitInput";
import { useMessages } from "@/messages";
import type { Messages } from "@/messages/en";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Field, MoneyInput, Select } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import type { SettingName, Settings, SettingsDraft } from "./draft";

type SettingRowProps = {
  name: SettingName;
  setting: Settings[SettingName];
  draft: SettingsDraft;
  set: (edited: Partial<SettingsDraft>) => void;
  error: string | undefined;
};

/** A setting: what it does, its value here, and what it is where none is set. */
export function SettingRow({ name, setting, draft, set, error }: SettingRowProps) {
  const m = useMessages();
  const { can } = useSession();
  const { label, hint } = m.settings.names[name];
  const isSet = name === "selfServiceMailDomains" ? draft[name] !== null : draft[name].trim() !== "";
  const fallback = defaultText(name, setting.default, m);
  return (
    <div className="grid gap-x-6 gap-y-2 p-4 sm:grid-cols-[minmax(0,1fr)_11rem]">
      <Field label={label} hint={hint} error={error}>
        {control(name, setting, draft, set, m)}
      </Field>
      <div className="flex flex-wrap items-start gap-2 text-sm sm:flex-col sm:pt-6">
        {isSet ? (
          <Badge tone="accent">{m.settings.sources.settings}</Badge>
        ) : (
          <Badge>{m.settings.sources[setting.source === "settings" ? "product" : setting.source]}</Badge>
        )}
        <span className="text-muted">{isSet ? m.settings.fallback(fallback) : fallback}</span>
        {isSet && can("updateSettings") && (
          <Button
            size="small"
            kind="quiet"
            icon={RotateCcw}
            onClick={() => set({ [name]: name === "selfServiceMailDomains" ? null : "" })}
          >
            {m.settings.toDefault}
          </Button>
        )}
      </div>
    </div>
  );
}

function control(
  name: SettingName,
  setting: Settings[SettingName],
  draft: SettingsDraft,
  set: SettingRowProps["set"],
  m: Messages,
): ReactElement<object> {
  const placeholder = setting.default === null ? undefined : String(setting.default);
  if (name === "selfServiceMailDomains") {
    return (
      <ChipsInput
        values={draft.selfServiceMailDomains ?? []}
        onChange={(selfServiceMailDomains) => set({ selfServiceMailDomains })}
        suggestions="none"
        find={() => Promise.resolve([])}
      />
    );
  }
  const value = draft[name];
  const onChange = (event: { target: { value: string } }) => set({ [name]: event.target.value });
  switch (name) {
    case "defaultMonthlyQuota":
      return <MoneyInput className="max-w-56" placeholder={placeholder} value={value} onChange={onChange} />;
    case "defaultEnforcement":
      return (
        <Select
          className="max-w-56"
          value={value}
          options={[
            ["", m.settings.fallback(defaultText(name, setting.default, m))],
            ...optionsOf(m.keySettings.choices.enforcement),
          ]}
          onChange={onChange}
        />
      );
    case "rotationGraceSeconds":
    case "selfServiceMinDebounceSeconds":
      return <DurationInput value={value} onChange={(seconds) => set({ [name]: seconds })} />;
    default:
      return (
        <UnitInput
          inputMode="numeric"
          unit={m.settings.units[name]}
          placeholder={placeholder}
          value={value}
          onChange={onChange}
        />
      );
  }
}

function defaultText(name: SettingName, value: Settings[SettingName]["default"], m: Messages): string {
  if (value === null) return m.settings.none;
  if (Array.isArray(value)) return value.length === 0 ? m.settings.none : value.join(", ");
  if (name === "defaultMonthlyQuota") return formatUsd(String(value));
  if (name === "defaultEnforcement") return m.keySettings.choices.enforcement[value as "soft" | "hard"];
  if (name === "rotationGraceSeconds" || name === "selfServiceMinDebounceSeconds") {
    return durationText(Number(value), m.keySettings.units);
  }
  return String(value);
}
