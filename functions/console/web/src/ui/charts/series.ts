/** What the charts draw: amounts or counts as the API has them, by day and group. */
export type Series = {
  id: string;
  label: string;
  /** One value for each of the chart's positions, as a decimal string. */
  values: string[];
};

const COLOURS = 8;
/** The id of what is gathered under "Other". */
export const OTHER = "other";

/** The colour of the n-th series; that of "Other" is grey. After eight they come again, with other patterns. */
export function colourOf(index: number, id: string): string {
  return id === OTHER ? "var(--series-other)" : `var(--series-${(index % COLOURS) + 1})`;
}

/** A pattern for the n-th series, so that charts read without colour: none, lines this way and that, dots, … */
export function patternOf(index: number): number {
  return (index + Math.floor(index / COLOURS)) % COLOURS;
}
