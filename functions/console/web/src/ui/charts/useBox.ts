import { scaleLinear } from "@visx/scale";
import { useMemo } from "react";
import { type Box, marginFor, plain } from "./geometry";

const TICKS = 4;

/** The room of a chart's figures, with round values at its top and bottom, and the values that the axis names. */
export function useBox(
  domain: readonly [least: number, greatest: number],
  width: number,
  height: number,
  tickLabel: (value: string) => string,
): { ticks: number[]; box: Box } {
  const [least, greatest] = domain;
  const scale = useMemo(() => scaleLinear({ domain: [least, greatest], nice: TICKS }), [least, greatest]);
  const ticks = scale.ticks(TICKS);
  const margin = marginFor(ticks.map((tick) => tickLabel(plain(tick))));
  const [lowest = 0, highest = 1] = scale.domain();
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  const box = useMemo(
    () => ({ left, right, top, bottom, least: lowest, greatest: highest }),
    [left, right, top, bottom, lowest, highest],
  );
  return { ticks, box };
}
