import type { Schemas } from "@/api/client";

export type State = Schemas["RequestState"];

/** Which requests the page shows, as its URL says: those that are pending unless it names others. */
export type Filter = { state?: State | "all"; keyId?: string };

export const STATES: ReadonlyArray<State | "all"> = ["pending", "approved", "denied", "withdrawn", "expired", "all"];

export function readFilter(search: Record<string, unknown>): Filter {
  const state = STATES.find((each) => each === search.state);
  const keyId = typeof search.keyId === "string" && search.keyId !== "" ? search.keyId : undefined;
  return {
    ...(state === undefined || state === "pending" ? {} : { state }),
    ...(keyId === undefined ? {} : { keyId }),
  };
}

/** The query of the API for a filter. */
export function queryOf({ state = "pending", keyId }: Filter): { state?: State; keyId?: string } {
  return { ...(state === "all" ? {} : { state }), ...(keyId === undefined ? {} : { keyId }) };
}

/** The query that a `Link` header (RFC 8288) names as the next page's. */
export function nextQuery(link: string | null): string | null {
  return /<\?([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1] ?? null;
}
