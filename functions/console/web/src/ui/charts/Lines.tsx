import { scaleLinear, scalePoint } from "@visx/scale";
import { LinePath } from "@visx/shape";
import { useId } from "react";
import { useMessages } from "@/messages";
import { toNumber } from "../money";
import { ChartTable } from "./ChartTable";
import { colourOf, type Series } from "./series";
import { useWidth } from "./useWidth";

type LinesProps = {
  label: string;
  positions: string[];
  positionLabel: (position: string) => string;
  /** A value that isn't there yet, such as a day to come, is left out of the line: "". */
  series: ReadonlyArray<Series & { isDashed?: boolean }>;
  format: (value: string) => string;
  /** A line across, such as a limit. */
  mark?: { label: string; value: string };
  height?: number;
};

const MARGIN = { top: 10, right: 8, bottom: 22, left: 56 };

/** Lines over days, such as a budget that burns down, with a limit across and the same figures as a table. */
export function Lines({ label, positions, positionLabel, series, format, mark, height = 200 }: LinesProps) {
  const m = useMessages().ui.chart;
  const markId = useId();
  const [frame, width] = useWidth();
  const all = [
    ...series.flatMap(({ values }) => values.filter((value) => value !== "").map(toNumber)),
    toNumber(mark?.value ?? "0"),
  ];
  const x = scalePoint({ domain: positions, range: [MARGIN.left, width - MARGIN.right] });
  const y = scaleLinear({
    domain: [0, Math.max(...all, 0) || 1],
    range: [height - MARGIN.bottom, MARGIN.top],
    nice: true,
  });
  const every = Math.max(1, Math.ceil(positions.length / Math.max(1, Math.floor((width - MARGIN.left) / 64))));

  if (positions.length === 0) return <p className="py-8 text-center text-sm text-muted">{m.empty}</p>;
  return (
    <figure>
      <div ref={frame}>
        <svg role="img" aria-label={label} width={width} height={height}>
          {y.ticks(4).map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} stroke="var(--line)" />
              <text x={MARGIN.left - 6} dy="0.32em" textAnchor="end" fontSize={11} fill="var(--muted)">
                {format(String(tick))}
              </text>
            </g>
          ))}
          {mark !== undefined && (
            <g transform={`translate(0 ${y(toNumber(mark.value))})`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} stroke="var(--bad)" strokeDasharray="2 3" />
              <text id={markId} x={width - MARGIN.right} dy="-0.4em" textAnchor="end" fontSize={11} fill="var(--bad)">
                {mark.label}
              </text>
            </g>
          )}
          {series.map((each, index) => (
            <LinePath
              key={each.id}
              data={positions.flatMap((position, at) =>
                each.values[at] ? [{ position, value: toNumber(each.values[at]) }] : [],
              )}
              x={({ position }) => x(position) ?? 0}
              y={({ value }) => y(value)}
              stroke={colourOf(index, each.id)}
              strokeWidth={2}
              strokeDasharray={each.isDashed === true ? "5 4" : undefined}
            />
          ))}
          {positions.map(
            (position, at) =>
              at % every === 0 && (
                <text
                  key={position}
                  x={x(position)}
                  y={height - 6}
                  textAnchor="middle"
                  fontSize={11}
                  fill="var(--muted)"
                >
                  {positionLabel(position)}
                </text>
              ),
          )}
        </svg>
      </div>
      <ChartTable label={label} positions={positions} positionLabel={positionLabel} series={series} format={format} />
    </figure>
  );
}
