/** The API's series as a chart's, and where each group leads to. */
import type { Schemas } from "@/api/client";
import type { Messages } from "@/messages/en";
import type { Part } from "@/ui/charts/RankedBars";
import { OTHER, type Series } from "@/ui/charts/series";
import type { Span } from "@/ui/days";
import { toNumber } from "@/ui/money";
import { type CostsSearch, type Filters, filterOf, filtersIn, type Group, groupIn } from "./search";

/** As many parts as have colours of their own. */
const COLOURED = 8;

type GroupTally = Schemas["GroupTally"];

/** What a chart knows a group by: no group's value is taken for "Other". */
export function idOf(value: string | null): string {
  return value === null ? "none" : `=${value}`;
}

export function labelOf({ value, name }: Pick<GroupTally, "value" | "name">, group: Group, m: Messages["costs"]) {
  if (value === null) return m.nobody[group];
  return name ?? m.deleted(value);
}

/** What "Other" is called: how many others, or those without any where there are no others. */
export function otherLabel(count: number, group: Group, m: Messages["costs"]): string {
  if (count === 0 && (group === "tag" || group === "costCentre")) return m.nobody[group];
  return m.others(count);
}

/** The groups, and "Other" if it is anything. Without a group, the total alone. */
export function chartSeries(series: Schemas["Series"], m: Messages["costs"]): Series[] {
  const { group } = series;
  if (group === null) return [{ id: "total", label: m.metrics[series.metric], values: series.total.values }];
  const shown = series.groups.map((each) => ({
    id: idOf(each.value),
    label: labelOf(each, group, m),
    values: each.values,
  }));
  const isSomething = series.other.values.some((value) => value !== "0");
  const other = { id: OTHER, label: otherLabel(series.other.count, group, m), values: series.other.values };
  return isSomething ? [...shown, other] : shown;
}

/** A group's parts as its bar is made of them; nothing without a subgroup. */
export function partsOf({ parts }: Schemas["SeriesGroup"], series: Schemas["Series"], m: Messages["costs"]) {
  const { subgroup, metric } = series;
  if (parts === null || subgroup === null) return [];
  const shown = parts.groups.map((part) => ({
    id: idOf(part.value),
    label: labelOf(part, subgroup, m),
    value: String(part[metric]),
    tally: part as Schemas["TallyView"],
  }));
  const label = otherLabel(parts.other.count, subgroup, m);
  const other = { id: OTHER, label, value: String(parts.other[metric]), tally: parts.other as Schemas["TallyView"] };
  return [...shown, other].filter(({ value }) => value !== "0");
}

/** The parts that have most in all bars together, as many as there are colours, and "Other" for the rest of them. */
export function legendOfParts(series: Schemas["Series"], m: Messages["costs"]): Part[] {
  const sums = new Map<string, Part & { sum: number }>();
  for (const group of series.groups) {
    for (const { id, label, value } of partsOf(group, series, m)) {
      const before = sums.get(id)?.sum ?? 0;
      if (id !== OTHER) sums.set(id, { id, label, sum: before + Math.abs(toNumber(value)) });
    }
  }
  const ranked = [...sums.values()].sort((a, b) => b.sum - a.sum).map(({ id, label }) => ({ id, label }));
  return [...ranked.slice(0, COLOURED), { id: OTHER, label: m.others(0) }];
}

/** The request log's filters for what a bar stands for; undefined for what the log can't be filtered by. */
export function requestsOf(search: CostsSearch, span: Span, seriesId?: string): Record<string, string> | undefined {
  const group = groupIn(search);
  const isAGroup = seriesId?.startsWith("=") === true && group !== undefined;
  if (seriesId === OTHER || seriesId === "none") return undefined;
  const own = isAGroup ? filterOf(group, seriesId.slice(1), search.tagName) : {};
  const filters: Filters = { ...filtersIn(search), ...own };
  if (filters.owner ?? filters.tag ?? filters.costCentre) return undefined;
  if (search.tree === true || filters.provider === "-") return undefined;
  const outcome: Record<string, string> =
    search.metric === "failed" || search.metric === "abandoned" ? { outcome: search.metric } : {};
  return { ...span, ...filters, ...outcome };
}
