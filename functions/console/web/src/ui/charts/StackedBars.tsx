import { scaleBand, scaleLinear } from "@visx/scale";
import { useId } from "react";
import { useMessages } from "@/messages";
import { toNumber } from "../money";
import { ChartTable } from "./ChartTable";
import { Legend } from "./Legend";
import { fillOf, Patterns } from "./Patterns";
import type { Series } from "./series";
import { useWidth } from "./useWidth";

type StackedBarsProps = {
  label: string;
  /** One for each position, such as a day. */
  positions: string[];
  positionLabel: (position: string) => string;
  series: readonly Series[];
  format: (value: string) => string;
  height?: number;
};

const MARGIN = { top: 8, right: 4, bottom: 22, left: 56 };

/** Bars by day, stacked by group, with a legend and the same figures as a table. */
export function StackedBars({ label, positions, positionLabel, series, format, height = 220 }: StackedBarsProps) {
  const m = useMessages().ui.chart;
  const id = useId().replaceAll(":", "");
  const [frame, width] = useWidth();
  const totals = positions.map((_, at) => series.reduce((sum, { values }) => sum + toNumber(values[at] ?? "0"), 0));
  const x = scaleBand({ domain: positions, range: [MARGIN.left, width - MARGIN.right], padding: 0.18 });
  const y = scaleLinear({
    domain: [0, Math.max(...totals, 0) || 1],
    range: [height - MARGIN.bottom, MARGIN.top],
    nice: true,
  });
  const every = Math.max(1, Math.ceil(positions.length / Math.max(1, Math.floor((width - MARGIN.left) / 64))));

  if (positions.length === 0) return <p className="py-8 text-center text-sm text-muted">{m.empty}</p>;
  return (
    <figure>
      <div ref={frame}>
        <svg role="img" aria-label={label} width={width} height={height}>
          <Patterns id={id} series={series} />
          {y.ticks(4).map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} stroke="var(--line)" />
              <text x={MARGIN.left - 6} dy="0.32em" textAnchor="end" fontSize={11} fill="var(--muted)">
                {format(String(tick))}
              </text>
            </g>
          ))}
          {positions.map((position, at) => {
            let below = 0;
            return (
              <g key={position}>
                {series.map((each, index) => {
                  const value = toNumber(each.values[at] ?? "0");
                  const [bottom, top] = [y(below), y(below + value)];
                  below += value;
                  return (
                    value > 0 && (
                      <rect
                        key={each.id}
                        x={x(position)}
                        y={top}
                        width={x.bandwidth()}
                        height={Math.max(0, bottom - top)}
                        fill={fillOf(id, index)}
                      >
                        <title>{`${positionLabel(position)} · ${each.label}: ${format(each.values[at] ?? "0")}`}</title>
                      </rect>
                    )
                  );
                })}
                {at % every === 0 && (
                  <text
                    x={(x(position) ?? 0) + x.bandwidth() / 2}
                    y={height - 6}
                    textAnchor="middle"
                    fontSize={11}
                    fill="var(--muted)"
                  >
                    {positionLabel(position)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      {series.length > 1 && <Legend id={id} series={series} />}
      <ChartTable label={label} positions={positions} positionLabel={positionLabel} series={series} format={format} />
    </figure>
  );
}
