/** The tabs of a key's page, as its URL names them. */
export const TABS = ["overview", "spend", "children", "packs", "alerts", "requests", "audit", "settings"] as const;

export type TabId = (typeof TABS)[number];

export function isTab(value: unknown): value is TabId {
  return TABS.some((each) => each === value);
}
