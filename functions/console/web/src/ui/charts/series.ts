/** What the charts draw: amounts or counts as the API has them, by day and group. */
export type Series = {
  id: string;
  label: string;
  /** One value for each of the chart's positions, as a decimal string. */
  values: string[];
  /** The colour of what is wrong, in place of the series' own. */
  tone?: "bad" | "warn";
};

const COLOURS = 8;
/** The id of what is gathered under "Other". */
export const OTHER = "other";

/** The colour of the n-th series; that of "Other" is grey. After eight they come again, with other patterns. */
export function colourOf(index: number, { id, tone }: Pick<Series, "id" | "tone">): string {
  if (tone !== undefined) return `var(--${tone})`;
  return id === OTHER ? "var(--series-other)" : `var(--series-${(index % COLOURS) + 1})`;
}

/** A pattern for the n-th series, so that charts read without colour: none, lines this way and that, dots, … */
export function patternOf(index: number, { id }: Pick<Series, "id">): number {
  return id === OTHER ? 0 : (index + Math.floor(index / COLOURS)) % COLOURS;
}
