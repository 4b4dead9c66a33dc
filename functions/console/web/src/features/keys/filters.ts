import type { Schemas } from "@/api/client";

export const STATUSES = ["active", "revoked", "expired"] as const satisfies Schemas["KeyStatus"][];
export const BUDGET_STATES = ["exhausted", "near", "fine", "unlimited"] as const satisfies Schemas["BudgetState"][];
export const PRIORITIES = ["low", "normal", "high", "critical"] as const satisfies Schemas["Priority"][];

/** What a list of keys is narrowed to, as the page's URL has it; nothing at all is the tree. */
export type KeyFilters = {
  search?: string;
  status?: Schemas["KeyStatus"];
  budgetState?: Schemas["BudgetState"];
  priority?: Schemas["Priority"];
  owner?: string;
  tag?: string;
  parentId?: string;
  externalId?: string;
};

/** The page's URL: the filters, and whether a key is being created (below which other one, if that is said). */
export type KeysSearch = KeyFilters & { create?: true; under?: string };

export function keysSearch(given: Record<string, unknown>): KeysSearch {
  return withoutNothing({
    search: textOf(given.search),
    status: oneOf(STATUSES, given.status),
    budgetState: oneOf(BUDGET_STATES, given.budgetState),
    priority: oneOf(PRIORITIES, given.priority),
    owner: textOf(given.owner),
    tag: textOf(given.tag),
    parentId: textOf(given.parentId),
    externalId: textOf(given.externalId),
    create: given.create === true ? true : undefined,
    under: textOf(given.under),
  });
}

export function filtersOf({ create: _create, under: _under, ...filters }: KeysSearch): KeyFilters {
  return filters;
}

export function isFiltered(filters: KeyFilters): boolean {
  return Object.keys(filters).length > 0;
}

/** What is sought in URLs may look like a number there, and comes as one. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return text === "" ? undefined : text;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((each) => each === value);
}

/** Those members alone that have a value, so that URLs name no others. */
export function withoutNothing<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== "")) as T;
}
