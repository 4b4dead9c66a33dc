/** What the charts draw: amounts or counts as the API has them, by day and group. */
export type Series = {
  id: string;
  label: string;
  /** One value for each of the chart's positions, as a decimal string. */
  values: string[];
};

const COLOURS = 8;
export const OTHER = "other";

/** The colour of the n-th series. What is gathered under "Other" is grey. */
export function colourOf(index: number, id: string): string {
  return id === OTHER ? "var(--series-other)" : `var(--series-${(index % COLOURS) + 1})`;
}

/** A pattern for the n-th series, so that charts read without colour: none, lines this way and that, dots, … */
export function patternOf(index: number): number {
  return index % COLOURS;
}
