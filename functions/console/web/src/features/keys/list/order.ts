import type { ListedKey } from "./queries";

/** By name. Only for what is there as a whole: of a page of a list, the order is the list's. */
export function inOrder<Key extends Pick<ListedKey, "name" | "id">>(keys: readonly Key[]): Key[] {
  return keys.toSorted(
    (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || a.id.localeCompare(b.id),
  );
}
