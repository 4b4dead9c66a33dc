/** Which requests a page shows: kept in its URL, so that it can be linked to. */
export type Span = "24h" | "7d" | "30d" | "90d";
export const SPANS: readonly Span[] = ["24h", "7d", "30d", "90d"];
export const OUTCOMES = ["succeeded", "failed", "abandoned"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type RequestFilters = {
  span?: Span;
  /** Days of the reporting zone, both included, or moments; they count before `span`. */
  from?: string;
  to?: string;
  keyId?: string;
  model?: string;
  provider?: string;
  outcome?: Outcome;
  status?: string;
  streamed?: "true" | "false";
};

const DAY = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/;
const KEY = /^key_[0-9A-Za-z]{16}$/;
const STATUS = /^[1-5](\d{2}|xx)$/;
const HOURS: Record<Span, number> = { "24h": 24, "7d": 168, "30d": 720, "90d": 2160 };

/** What of a URL's search is a filter; what can't be one is left out. */
export function filtersOf(search: Record<string, unknown>): RequestFilters {
  const text = (name: string) => (search[name] === undefined ? undefined : String(search[name]));
  const matching = (name: string, pattern: RegExp) => {
    const value = text(name);
    return value !== undefined && pattern.test(value) ? value : undefined;
  };
  const found: RequestFilters = {
    span: SPANS.find((each) => each === search.span),
    from: matching("from", DAY),
    to: matching("to", DAY),
    keyId: matching("keyId", KEY),
    model: text("model") || undefined,
    provider: text("provider") || undefined,
    outcome: OUTCOMES.find((each) => each === search.outcome),
    status: matching("status", STATUS),
    streamed: (["true", "false"] as const).find((each) => each === text("streamed")),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

type RequestQuery = {
  from?: string;
  to?: string;
  keyId?: string;
  model?: string;
  provider?: string;
  outcome?: Outcome;
  status?: string;
  streamed?: boolean;
};

/** The same as the API takes it; a span ends `now`. */
export function queryOf(filters: RequestFilters, now: Date): RequestQuery {
  const { span, streamed, ...others } = filters;
  const query: RequestQuery = { ...others };
  if (streamed !== undefined) query.streamed = streamed === "true";
  if (query.from === undefined && query.to === undefined) {
    query.from = new Date(now.getTime() - HOURS[span ?? "7d"] * 3_600_000).toISOString();
  }
  return query;
}

/** How many filters there are besides the time. */
export function countOf({ span: _, from: __, to: ___, ...others }: RequestFilters): number {
  return Object.keys(others).length;
}
