import { Plus, X } from "lucide-react";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { Field, Select } from "@/ui/Field";
import type { ThresholdDraft } from "../draft";
import { ChipsInput } from "./ChipsInput";
import { optionsOf } from "./SettingField";
import { UnitInput } from "./UnitInput";

type ThresholdRowsProps = {
  thresholds: readonly ThresholdDraft[];
  onChange: (thresholds: ThresholdDraft[]) => void;
  /** What is wrong at a place, such as `0.percent`. */
  errorAt: (path: string) => string | undefined;
};

const MOST = 20;

/** Thresholds of alerts: from which percent on who is told, and how urgently. */
export function ThresholdRows({ thresholds, onChange, errorAt }: ThresholdRowsProps) {
  const m = useMessages().keySettings;
  const edit = (index: number, edited: Partial<ThresholdDraft>) =>
    onChange(thresholds.map((each, at) => (at === index ? { ...each, ...edited } : each)));
  const labels: Record<string, string> = { owner: m.alerts.owner, admin: m.alerts.admin };
  const whoever = (search: string) =>
    Promise.resolve(
      Object.entries(labels)
        .filter(([id, label]) => id.includes(search) || label.includes(search))
        .map(([id, label]) => ({ id, label })),
    );

  return (
    <div className="space-y-2">
      {thresholds.map((threshold, index) => (
        <div
          key={index}
          className="grid items-start gap-x-3 gap-y-2 rounded border border-line p-3 sm:grid-cols-[7rem_10rem_minmax(0,1fr)_auto]"
        >
          <Field label={m.alerts.percent} error={errorAt(`${index}.percent`)}>
            <UnitInput
              inputMode="numeric"
              unit={m.units.percent}
              value={threshold.percent}
              onChange={(event) => edit(index, { percent: event.target.value })}
            />
          </Field>
          <Field label={m.alerts.level}>
            <Select
              value={threshold.level}
              options={optionsOf(m.choices.level)}
              onChange={(event) => edit(index, { level: event.target.value as ThresholdDraft["level"] })}
            />
          </Field>
          <Field label={m.alerts.notify} hint={m.alerts.notifyHint} error={errorWithin(errorAt, index, threshold)}>
            <ChipsInput
              values={threshold.notify}
              onChange={(notify) => edit(index, { notify })}
              suggestions="recipients"
              find={whoever}
              labelOf={(who) => labels[who] ?? who}
            />
          </Field>
          <IconButton
            label={m.parts.remove(`${threshold.percent} %`)}
            icon={X}
            className="sm:mt-6"
            onClick={() => onChange(thresholds.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {thresholds.length < MOST && (
        <Button
          size="small"
          icon={Plus}
          onClick={() => onChange([...thresholds, { percent: "", level: "warning", notify: ["owner"] }])}
        >
          {m.alerts.add}
        </Button>
      )}
    </div>
  );
}

/** The API tells which of the addresses is wrong. */
function errorWithin(errorAt: (path: string) => string | undefined, index: number, { notify }: ThresholdDraft) {
  const places = [`${index}.notify`, ...notify.map((_, at) => `${index}.notify.${at}`)];
  return places.map(errorAt).find((problem) => problem !== undefined);
}
