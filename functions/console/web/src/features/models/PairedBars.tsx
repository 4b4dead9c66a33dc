import { scaleBand, scaleLinear } from "@visx/scale";
import { useId } from "react";
import { ChartTable } from "@/ui/charts/ChartTable";
import { Legend } from "@/ui/charts/Legend";
import { fillOf, Patterns } from "@/ui/charts/Patterns";
import type { Series } from "@/ui/charts/series";
import { useWidth } from "@/ui/charts/useWidth";
import { toNumber } from "@/ui/money";

type PairedBarsProps = {
  label: string;
  positions: string[];
  positionLabel: (position: string) => string;
  series: readonly [Series, Series];
  format: (value: string) => string;
};

const MARGIN = { top: 8, right: 4, bottom: 22, left: 56 };
const HEIGHT = 220;
const LABEL_WIDTH = 64;

/** Two bars side by side for each position, to be compared, with a legend and the same figures as a table. */
export function PairedBars({ label, positions, positionLabel, series, format }: PairedBarsProps) {
  const id = useId().replaceAll(":", "");
  const [frame, width] = useWidth();
  const most = Math.max(...series.flatMap(({ values }) => values.map(toNumber)), 0);
  const x = scaleBand({ domain: positions, range: [MARGIN.left, width - MARGIN.right], padding: 0.2 });
  const within = scaleBand({ domain: series.map((each) => each.id), range: [0, x.bandwidth()], padding: 0.06 });
  const y = scaleLinear({ domain: [0, most || 1], range: [HEIGHT - MARGIN.bottom, MARGIN.top], nice: true });
  const every = Math.max(1, Math.ceil(positions.length / Math.max(1, Math.floor((width - MARGIN.left) / LABEL_WIDTH))));
  return (
    <figure>
      <div ref={frame}>
        <svg role="img" aria-label={label} width={width} height={HEIGHT}>
          <Patterns id={id} series={series} />
          {y.ticks(4).map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} stroke="var(--line)" />
              <text x={MARGIN.left - 6} dy="0.32em" textAnchor="end" fontSize={11} fill="var(--muted)">
                {format(String(tick))}
              </text>
            </g>
          ))}
          {positions.map((position, at) => (
            <g key={position} transform={`translate(${x(position) ?? 0} 0)`}>
              {series.map((each, index) => {
                const value = each.values[at] ?? "0";
                return (
                  <rect
                    key={each.id}
                    x={within(each.id)}
                    y={y(toNumber(value))}
                    width={within.bandwidth()}
                    height={Math.max(0, HEIGHT - MARGIN.bottom - y(toNumber(value)))}
                    fill={fillOf(id, index)}
                  >
                    <title>{`${positionLabel(position)} · ${each.label}: ${format(value)}`}</title>
                  </rect>
                );
              })}
              {at % every === 0 && (
                <text x={x.bandwidth() / 2} y={HEIGHT - 6} textAnchor="middle" fontSize={11} fill="var(--muted)">
                  {positionLabel(position)}
                </text>
              )}
            </g>
          ))}
        </svg>
      </div>
      <Legend id={id} series={series} />
      <ChartTable label={label} positions={positions} positionLabel={positionLabel} series={series} format={format} />
    </figure>
  );
}
