import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { isDay } from "@/ui/days";
import { Field, Input, Select } from "@/ui/Field";
import {
  type CostsSearch,
  filtersIn,
  type Group,
  groupIn,
  groupsFor,
  METRICS,
  type Metric,
  spanIn,
  subgroupIn,
  subgroupsFor,
} from "./search";
import { type Interval, PRESETS } from "./spans";

type ControlsProps = { search: CostsSearch; today: string | undefined; onChange: (changes: CostsSearch) => void };

/** Which days, which figure, and into what it is told apart. */
export function ExplorerControls({ search, today, onChange }: ControlsProps) {
  const m = useMessages().costs;
  const group = groupIn(search);
  const filters = filtersIn(search);
  const subgroups = subgroupsFor(group, filters);
  return (
    <div className="space-y-3">
      <Spans search={search} today={today} onChange={onChange} />
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:flex lg:flex-wrap">
        <Field label={m.metric} className="lg:w-44">
          <Select
            value={search.metric ?? "cost"}
            onChange={(event) => onChange({ metric: event.target.value as Metric })}
            options={METRICS.map((each) => [each, m.metrics[each]] as const)}
          />
        </Field>
        {group !== undefined && (
          <Field label={m.group} className="lg:w-40">
            <Select
              value={group}
              onChange={(event) => onChange({ group: event.target.value as Group, subgroup: undefined })}
              options={groupsFor(filters).map((each) => [each, m.groups[each]] as const)}
            />
          </Field>
        )}
        {group === "tag" && (
          <Field label={m.tagName} className="lg:w-36">
            <Input
              key={search.tagName}
              defaultValue={search.tagName ?? ""}
              placeholder="team"
              onBlur={(event) => onChange({ tagName: event.target.value.trim() || undefined })}
              onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
            />
          </Field>
        )}
        {subgroups.length > 0 && (
          <Field label={m.subgroup} className="lg:w-40">
            <Select
              value={subgroupIn(search) ?? ""}
              onChange={(event) => onChange({ subgroup: (event.target.value || undefined) as Group | undefined })}
              options={[["", m.noSubgroup] as const, ...subgroups.map((each) => [each, m.groups[each]] as const)]}
            />
          </Field>
        )}
        <Field label={m.interval} className="lg:w-32">
          <Select
            value={search.interval ?? ""}
            onChange={(event) => onChange({ interval: (event.target.value || undefined) as Interval | undefined })}
            options={[
              ["", m.intervals.auto],
              ["day", m.intervals.day],
              ["month", m.intervals.month],
            ]}
          />
        </Field>
      </div>
    </div>
  );
}

/** The usual spans as buttons, and two dates for any other. */
function Spans({ search, today, onChange }: ControlsProps) {
  const m = useMessages().costs;
  const isCustom = search.from !== undefined;
  const span = today === undefined ? undefined : spanIn(search, today);
  const pick = (name: "from" | "to", value: string) => {
    if (span !== undefined && isDay(value)) onChange({ ...span, [name]: value, ...turned(span, name, value) });
  };
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <fieldset className="flex flex-wrap gap-1">
        <legend className="sr-only">{m.span}</legend>
        {PRESETS.map((preset) => {
          const isChosen = !isCustom && (search.preset ?? "thisMonth") === preset;
          return (
            <button
              key={preset}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChange({ preset, from: undefined, to: undefined, interval: undefined })}
              className={cx(
                "rounded border px-2.5 py-1 text-sm",
                isChosen
                  ? "border-accent bg-accent-soft font-semibold text-accent"
                  : "border-line-strong/50 hover:bg-sunken",
              )}
            >
              {m.presets[preset]}
            </button>
          );
        })}
      </fieldset>
      <div className="flex items-center gap-1.5 text-sm">
        <Input
          key={`from ${span?.from}`}
          type="date"
          aria-label={m.from}
          defaultValue={span?.from}
          max={today}
          onBlur={(event) => event.target.value !== span?.from && pick("from", event.target.value)}
        />
        <span aria-hidden>–</span>
        <Input
          key={`to ${span?.to}`}
          type="date"
          aria-label={m.to}
          defaultValue={span?.to}
          max={today}
          onBlur={(event) => event.target.value !== span?.to && pick("to", event.target.value)}
        />
      </div>
    </div>
  );
}

/** An end that comes before the beginning takes that with it, and the other way round. */
function turned(span: { from: string; to: string }, name: "from" | "to", value: string) {
  if (name === "from" && value > span.to) return { to: value };
  if (name === "to" && value < span.from) return { from: value };
  return {};
}
