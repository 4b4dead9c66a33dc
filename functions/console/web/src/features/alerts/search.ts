export type AlertSearch = { tab?: "history" | "defaults"; keyId?: string };

const KEY = /^key_[0-9A-Za-z]{16}$/;

/** What of the page's URL it goes by. */
export function searchOf(search: Record<string, unknown>): AlertSearch {
  const found: AlertSearch = {};
  if (search.tab === "defaults") found.tab = "defaults";
  if (typeof search.keyId === "string" && KEY.test(search.keyId)) found.keyId = search.keyId;
  return found;
}
