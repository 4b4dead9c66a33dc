import { Link } from "@tanstack/react-router";
import { ChartBar, Filter as FilterIcon, ListTree, Table2 } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import type { Messages } from "@/messages/en";
import { Button, IconButton } from "@/ui/Button";
import { RankedBars } from "@/ui/charts/RankedBars";
import { OTHER } from "@/ui/charts/series";
import { type Column, DataTable } from "@/ui/DataTable";
import { Section } from "@/ui/Page";
import { formatOf, shareText } from "./figures";
import { idOf, labelOf, legendOfParts, otherLabel, partsOf, requestsOf } from "./groups";
import { type CostsSearch, filterOf, filtersIn, type Group, groupsFor, METRICS } from "./search";

type RankedProps = { search: CostsSearch; series: Schemas["Series"]; onChange: (changes: CostsSearch) => void };
type Row = {
  id: string;
  label: string;
  value: string | null;
  tally: Schemas["TallyView"];
  group?: Schemas["SeriesGroup"];
  isPart?: boolean;
};

/** The groups, the largest first, with the ways to each; behind them all their figures as a table. */
export function RankedSection({ search, series, onChange }: RankedProps) {
  const m = useMessages().costs;
  const locale = useLocale();
  const [isTable, setIsTable] = useState(false);
  const group = series.group;
  if (group === null) return null;
  const { metric, subgroup } = series;
  const format = formatOf(metric, locale);
  const whole = String(series.total[metric]);
  const rows: Row[] = [
    ...series.groups.map((each) => ({
      id: idOf(each.value),
      label: labelOf(each, group, m),
      value: each.value,
      tally: each,
      group: each,
    })),
    ...(series.other.requests > 0
      ? [{ id: OTHER, label: otherLabel(series.other.count, group, m), value: null, tally: series.other }]
      : []),
  ];
  return (
    <Section
      title={m.ranked(m.groups[group])}
      actions={
        <Button size="small" kind="quiet" icon={isTable ? ChartBar : Table2} onClick={() => setIsTable(!isTable)}>
          {isTable ? m.bars : m.all}
        </Button>
      }
    >
      {isTable ? (
        <FiguresTable rows={rows.flatMap((row) => [row, ...partRows(row, series, m)])} group={group} />
      ) : (
        <RankedBars
          label={m.ranked(m.groups[group])}
          isKeyed={subgroup === null}
          format={format}
          parts={subgroup === null ? undefined : legendOfParts(series, m)}
          rows={rows.map((row) => ({
            id: row.id,
            label: <RankedName row={row} group={group} search={search} series={series} onChange={onChange} />,
            value: String(row.tally[metric]),
            note: shareText(String(row.tally[metric]), whole),
            parts: row.group === undefined || subgroup === null ? undefined : partsOf(row.group, series, m),
          }))}
        />
      )}
    </Section>
  );
}

type NameProps = RankedProps & { row: Row; group: Group };

function RankedName({ row, group, search, series, onChange }: NameProps) {
  const m = useMessages().costs;
  const span = { from: series.from, to: series.to };
  const only = row.group === undefined ? undefined : filterOf(group, row.value, search.tagName);
  const filters = { ...filtersIn(search), ...only };
  const isNew =
    only !== undefined && Object.keys(only).some((name) => filtersIn(search)[name as keyof typeof only] === undefined);
  const next = groupsFor(filters).find((each) => each !== group) ?? group;
  const requests = row.group === undefined ? undefined : requestsOf(search, span, row.id);
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <span className="truncate">
        <GroupLink row={row} group={group} />
      </span>
      {isNew && (
        <IconButton
          label={m.onlyOf(row.label)}
          icon={FilterIcon}
          className="p-1!"
          onClick={() => onChange({ ...only, group: next, subgroup: undefined, tagName: undefined })}
        />
      )}
      {requests !== undefined && (
        <Link
          to="/requests"
          search={requests}
          aria-label={m.showRequests(row.label)}
          title={m.showRequests(row.label)}
          className="rounded p-1 text-muted hover:bg-sunken hover:text-ink"
        >
          <ListTree size={17} aria-hidden />
        </Link>
      )}
    </span>
  );
}

/** A key's, model's or provider's name with the way to its page, as far as it has one. */
function GroupLink({ row, group }: { row: Pick<Row, "label" | "group">; group: Group }) {
  const className = "hover:text-accent hover:underline";
  const id = row.group?.id;
  if (typeof id !== "string" || row.group?.name === null) return <>{row.label}</>;
  if (group === "key") {
    return (
      <Link to="/keys/$keyId" params={{ keyId: id }} className={className}>
        {row.label}
      </Link>
    );
  }
  if (group === "model") {
    return (
      <Link to="/models/$modelId" params={{ modelId: id }} className={className}>
        {row.label}
      </Link>
    );
  }
  return <>{row.label}</>;
}

/** A group's parts below it; they are no groups of their own, and so have no way to anywhere. */
function partRows(row: Row, series: Schemas["Series"], m: Messages["costs"]): Row[] {
  if (row.group === undefined) return [];
  return partsOf(row.group, series, m).map(({ id, label, tally }) => ({
    id: `${row.id} ${id}`,
    label,
    value: null,
    tally,
    isPart: true,
  }));
}

function FiguresTable({ rows, group }: { rows: Row[]; group: Group }) {
  const m = useMessages().costs;
  const locale = useLocale();
  const hasParts = rows.some(({ isPart }) => isPart === true);
  // What nobody has any of would be a column of zeros.
  const shown = METRICS.filter((metric) => metric === "cost" || rows.some(({ tally }) => Number(tally[metric]) !== 0));
  const columns: Column<Row>[] = [
    {
      id: "name",
      header: m.groups[group],
      cell: (row) =>
        row.isPart === true ? (
          <span className="pl-5 text-muted">{row.label}</span>
        ) : (
          <GroupLink row={row} group={group} />
        ),
      // Sorting would tear parts from their groups.
      sortBy: hasParts ? undefined : ({ label }) => label,
      className: "max-w-64 truncate",
    },
    ...shown.map((metric) => ({
      id: metric,
      header: m.metrics[metric],
      cell: ({ tally }: Row) => formatOf(metric, locale)(String(tally[metric])),
      sortBy: hasParts ? undefined : ({ tally }: Row) => Number(tally[metric]),
      align: "right" as const,
      className: "whitespace-nowrap",
    })),
  ];
  return <DataTable label={m.all} columns={columns} rows={rows} idOf={({ id }) => id} />;
}
