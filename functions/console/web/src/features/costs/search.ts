import { isDay, lengthOf, type Span } from "@/ui/days";
/** What the explorer shows, as its URL says it: whatever isn't valid there is left out. */
import { type Field, isKept } from "./combinations";
import { type Interval, PRESETS, type Preset, spanOf, usualInterval } from "./spans";

export const METRICS = [
  "cost",
  "providerCost",
  "margin",
  "requests",
  "failed",
  "abandoned",
  "totalTokens",
  "promptTokens",
  "completionTokens",
  "packs",
  "included",
  "metered",
  "overage",
  "fees",
] as const;
export type Metric = (typeof METRICS)[number];

export const GROUPS = ["key", "model", "provider", "owner", "tag", "costCentre"] as const;
export type Group = (typeof GROUPS)[number];

/** Filters by the names that the API has for them. */
export const FILTERS = ["keyId", "model", "owner", "provider", "tag", "costCentre"] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = Partial<Record<Filter, string>>;

export type CostsSearch = Filters & {
  preset?: Preset;
  from?: string;
  to?: string;
  metric?: Metric;
  group?: Group;
  tagName?: string;
  subgroup?: Group;
  interval?: Interval;
  tree?: boolean;
};

const MONEY: ReadonlySet<Metric> = new Set([
  "cost",
  "providerCost",
  "margin",
  "packs",
  "included",
  "metered",
  "overage",
  "fees",
]);
const LONGEST_DAYS = 731;
const LONGEST_TEXT = 1024;

/** Reads what the URL says. */
export function parseSearch(raw: Record<string, unknown>): CostsSearch {
  const span = isDay(raw.from) && isDay(raw.to) ? { from: raw.from, to: raw.to } : undefined;
  const days = span === undefined ? 0 : lengthOf(span);
  const isSpan = span !== undefined && days >= 1 && days <= LONGEST_DAYS;
  const filters = Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = text(raw[name]);
      return value !== undefined && isFilter(name, value) ? [[name, value]] : [];
    }),
  ) as Filters;
  const group = oneOf(GROUPS, raw.group);
  const subgroup = oneOf(GROUPS, raw.subgroup);
  return withoutUndefined({
    ...filters,
    preset: isSpan ? undefined : oneOf(PRESETS, raw.preset),
    from: isSpan ? span.from : undefined,
    to: isSpan ? span.to : undefined,
    metric: oneOf(METRICS, raw.metric),
    group,
    tagName: text(raw.tagName),
    subgroup: subgroup === group ? undefined : subgroup,
    interval: oneOf(["day", "month"] as const, raw.interval),
    tree: raw.tree === true && filters.keyId !== undefined ? true : undefined,
  });
}

export function isMoney(metric: Metric): boolean {
  return MONEY.has(metric);
}

/** The days that are shown. */
export function spanIn(search: CostsSearch, today: string): Span {
  if (search.from !== undefined && search.to !== undefined) return { from: search.from, to: search.to };
  return spanOf(search.preset ?? "thisMonth", today);
}

export function filtersIn(search: CostsSearch): Filters {
  return Object.fromEntries(
    FILTERS.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  ) as Filters;
}

/** The group that is shown: the one asked for, if sums of it are kept under the filters, else the first that are. */
export function groupIn(search: CostsSearch): Group | undefined {
  const wanted = search.group ?? "key";
  return groupsFor(filtersIn(search)).includes(wanted) ? wanted : groupsFor(filtersIn(search))[0];
}

/** The groups that there are sums of under the filters. */
export function groupsFor(filters: Filters): Group[] {
  const fields = Object.keys(filters).map(fieldOf);
  return GROUPS.filter((group) => group !== "tag" || fields.length === 0).filter((group) => isKept([group, ...fields]));
}

/** What the API is asked for. */
export function queryOf(search: CostsSearch, today: string, top: number) {
  const span = spanIn(search, today);
  const group = groupIn(search);
  // A tag is told by its name before anything can be shown of it.
  const isNamed = group !== "tag" || search.tagName !== undefined;
  return withoutUndefined({
    ...span,
    ...filtersIn(search),
    metric: search.metric ?? "cost",
    group: isNamed ? group : undefined,
    tagName: group === "tag" ? search.tagName : undefined,
    subgroup: isNamed ? subgroupIn(search) : undefined,
    interval: search.interval ?? usualInterval(span),
    tree: search.tree === true && isTreeKept(group, filtersIn(search)) ? true : undefined,
    top,
  });
}

/** Whether there are sums of all keys below the one of the filters, told apart by the group. */
export function isTreeKept(group: Group | undefined, filters: Filters): boolean {
  const fields = [...Object.keys(filters).map(fieldOf), ...(group === undefined ? [] : [group])];
  return filters.keyId !== undefined && fields.every((field) => field === "key" || field === "model");
}

/** The subgroup that is shown: sums of groups within groups are kept only without other filters than on the group. */
export function subgroupIn(search: CostsSearch): Group | undefined {
  const group = groupIn(search);
  return search.subgroup !== undefined && subgroupsFor(group, filtersIn(search)).includes(search.subgroup)
    ? search.subgroup
    : undefined;
}

const SUBGROUPS: Partial<Record<Group, Group[]>> = {
  key: ["model"],
  model: ["key"],
  owner: ["key", "model"],
  costCentre: ["key", "model"],
};

export function subgroupsFor(group: Group | undefined, filters: Filters): Group[] {
  const others = Object.keys(filters).filter((name) => fieldOf(name) !== group);
  return group === undefined || others.length > 0 ? [] : (SUBGROUPS[group] ?? []);
}

/** The filter that leaves one group. A tag's is by name and value. */
export function filterOf(group: Group, value: string | null, tagName?: string): Filters | undefined {
  if (group === "tag") return value === null || tagName === undefined ? undefined : { tag: `${tagName}=${value}` };
  if (value === null) return group === "owner" || group === "provider" ? { [group]: "-" } : undefined;
  return { [group === "key" ? "keyId" : group]: value };
}

export function fieldOf(filter: string): Field {
  return (filter === "keyId" ? "key" : filter) as Field;
}

function isFilter(name: Filter, value: string): boolean {
  if (name === "keyId") return /^key_[0-9A-Za-z]{16}$/.test(value);
  return name !== "tag" || /^[^=]+=/.test(value);
}

function text(value: unknown): string | undefined {
  // The router reads what looks like a number as one.
  const found = typeof value === "number" ? String(value) : value;
  return typeof found === "string" && found !== "" && found.length <= LONGEST_TEXT ? found : undefined;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((each) => each === value);
}

function withoutUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
