/** By what the API keeps sums, alone or together: as `cost_filters` of the admin function has it. */
export type Field = "key" | "model" | "owner" | "provider" | "tag" | "costCentre";

const KEPT: ReadonlyArray<readonly Field[]> = [
  [],
  ["key"],
  ["model"],
  ["owner"],
  ["provider"],
  ["tag"],
  ["costCentre"],
  ["key", "model"],
  ["key", "owner"],
  ["model", "owner"],
  ["costCentre", "key"],
  ["costCentre", "model"],
];

/** Whether there are sums of what these fields have in common. */
export function isKept(fields: readonly Field[]): boolean {
  const wanted = [...new Set(fields)].sort().join(" ");
  return KEPT.some((each) => [...each].sort().join(" ") === wanted);
}
