/** The API's series as a chart's, and where each group leads to. */
import type { Schemas } from "@/api/client";
import type { Messages } from "@/messages/en";
import { OTHER, type Series } from "@/ui/charts/series";
import { type CostsSearch, type Filters, filterOf, filtersIn, type Group, groupIn } from "./search";
import type { Span } from "./spans";

export type GroupTally = Schemas["GroupTally"];

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
