/** Which changes the page shows: kept in its URL. */
export type AuditFilters = { entity?: string; actor?: string; action?: string; from?: string; to?: string };

const ENTITY = /^((key|adm)_[0-9A-Za-z]{16}|(prv|mdl)_[0-9a-f]{20}|[a-z]{1,32})$/;
const ACTION = /^[a-zA-Z]+\.[a-zA-Z]+$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What of a URL's search is a filter; what can't be one is left out. */
export function filtersOf(search: Record<string, unknown>): AuditFilters {
  const matching = (name: string, pattern: RegExp) => {
    const value = search[name];
    return typeof value === "string" && pattern.test(value) ? value : undefined;
  };
  const found: AuditFilters = {
    entity: matching("entity", ENTITY),
    actor: matching("actor", /^.{1,128}$/),
    action: matching("action", ACTION),
    from: matching("from", DAY),
    to: matching("to", DAY),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** Where a changed thing is looked at, and which of its ids; null where it has no page. */
type EntityPage =
  | { to: "/keys/$keyId"; params: { keyId: string } }
  | { to: "/models/$modelId"; params: { modelId: string } }
  | { to: "/providers" | "/admins" | "/settings" | "/alerts" };

export function pageOf(entity: string): EntityPage | null {
  if (entity.startsWith("key_")) return { to: "/keys/$keyId", params: { keyId: entity } };
  if (entity.startsWith("mdl_")) return { to: "/models/$modelId", params: { modelId: entity } };
  if (entity.startsWith("prv_")) return { to: "/providers" };
  if (entity.startsWith("adm_")) return { to: "/admins" };
  if (entity === "settings") return { to: "/settings" };
  if (entity === "alerts") return { to: "/alerts" };
  return null;
}
