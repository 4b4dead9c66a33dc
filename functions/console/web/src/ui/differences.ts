export type Difference = {
  /** The field's place, such as `budgetAlertThresholds[0].percent`. */
  path: string;
  /** As text; null where there is no such field. */
  before: string | null;
  after: string | null;
};

/** The leaves that differ between two values as JSON has them, in the order of their paths. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [left, right] = [leaves(before), leaves(after)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((path) => left.get(path) !== right.get(path))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((path) => ({ path, before: left.get(path) ?? null, after: right.get(path) ?? null }));
}

/** Of `whole` the fields that `edit` has, for the two to be compared. */
export function sameFields(whole: object, edit: object): object {
  return Object.fromEntries(Object.keys(edit).map((name) => [name, Reflect.get(whole, name) ?? null]));
}

function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return found;
  if (typeof value !== "object") return found.set(path, String(value));
  const entries = Array.isArray(value)
    ? value.map((each, index) => [`${path}[${index}]`, each] as const)
    : Object.entries(value).map(([name, each]) => [path === "" ? name : `${path}.${name}`, each] as const);
  if (entries.length === 0 && path !== "") found.set(path, Array.isArray(value) ? "[]" : "{}");
  for (const [name, each] of entries) leaves(each, name, found);
  return found;
}
