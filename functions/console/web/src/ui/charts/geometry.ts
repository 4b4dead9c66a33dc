/** Where things are in a chart: scales in pixels, what its axes say, and what lies under the pointer. */
import { toNumber } from "../money";
import type { Series } from "./series";

export type Margin = { top: number; right: number; bottom: number; left: number };

/** Where a chart's figures are drawn, in pixels, and from which value at its bottom to which at its top. */
export type Box = { left: number; right: number; top: number; bottom: number; least: number; greatest: number };

/** A bar, or a part of one, from one value to another; both may be below zero. */
export type Segment = { at: number; series: number; from: number; to: number };

const CHARACTER = 6.4;
const LABEL_WIDTH = 64;
/** The least room, in pixels, that a bar and the gap beside it need for the gap to be drawn. */
const GAP_FROM = 4;
const WIDEST_BAR = 72;

/** A scale's number in plain digits: `0.0000002`, never `2e-7`, never `0.30000000000000004`. */
export function plain(value: number): string {
  return new Intl.NumberFormat("en-US", { useGrouping: false, maximumSignificantDigits: 12 }).format(value);
}

/** The room that the axis at the side needs for its longest label, in pixels. */
export function marginFor(tickLabels: string[]): Margin {
  const longest = tickLabels.reduce((length, label) => Math.max(length, label.length), 0);
  return { top: 10, right: 6, bottom: 24, left: Math.ceil(longest * CHARACTER) + 12 };
}

/** How high in the box a value is, in pixels from the chart's top. */
export function heightIn({ top, bottom, least, greatest }: Box): (value: number) => number {
  return (value) => bottom - ((value - least) / (greatest - least)) * (bottom - top);
}

/** Every so many positions have a label, so that labels don't run into each other. */
export function stride(count: number, width: number): number {
  return Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / LABEL_WIDTH))));
}

/** Each position's room, and its bar within: bars of one or two days don't fill the page, those of a year touch. */
export function bandsOf(count: number, left: number, right: number): { x: (at: number) => number; width: number } {
  const step = count > 0 ? (right - left) / count : 0;
  const width = Math.min(WIDEST_BAR, step < GAP_FROM ? step : step * 0.8);
  return { x: (at) => left + at * step + (step - width) / 2, width };
}

/** The position whose room a point is in; undefined without positions. */
export function bandAt(x: number, count: number, left: number, right: number): number | undefined {
  return count === 0 ? undefined : clamp(Math.floor(((x - left) / (right - left)) * count), 0, count - 1);
}

/** The position that a point of a line is nearest to; undefined without positions. */
export function pointAt(x: number, count: number, left: number, right: number): number | undefined {
  return count === 0 ? undefined : clamp(Math.round(((x - left) / (right - left)) * (count - 1)), 0, count - 1);
}

/** Series stacked: what is positive upwards from zero, what is negative downwards. Zeros are left out. */
export function stacked(series: readonly Series[], count: number): Segment[] {
  const [above, below] = [new Array<number>(count).fill(0), new Array<number>(count).fill(0)];
  return series.flatMap(({ values }, index) =>
    Array.from({ length: count }, (_, at) => {
      const value = toNumber(values[at] ?? "0");
      const side = value < 0 ? below : above;
      const from = side[at] ?? 0;
      side[at] = from + value;
      return { at, series: index, from, to: from + value };
    }).filter(({ from, to }) => from !== to),
  );
}

/** The least and the greatest that is drawn, zero between or among them; from 0 to 1 if nothing is. */
export function domainOf(values: readonly number[]): [least: number, greatest: number] {
  const least = values.reduce((found, value) => Math.min(found, value), 0);
  const greatest = values.reduce((found, value) => Math.max(found, value), 0);
  return least === greatest ? [0, 1] : [least, greatest];
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.max(least, Math.min(greatest, value));
}
