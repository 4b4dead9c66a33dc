import { useId, useMemo } from "react";
import { toNumber } from "../money";
import { PositionAxis, ValueAxis } from "./Axes";
import { ChartTable } from "./ChartTable";
import { type Box, bandAt, bandsOf, domainOf, heightIn, plain } from "./geometry";
import { Legend, Swatch } from "./Legend";
import { NothingToShow } from "./NothingToShow";
import { fillOf, Patterns } from "./Patterns";
import { Plot } from "./Plot";
import type { Series } from "./series";
import { useBox } from "./useBox";
import { useWidth } from "./useWidth";

type GroupedBarsProps = {
  label: string;
  positions: string[];
  positionLabel: (position: string) => string;
  series: readonly Series[];
  format: (value: string) => string;
  height?: number;
};

/** Bars side by side at each position, to be compared, with a legend and the same figures as a table. */
export function GroupedBars({ label, positions, positionLabel, series, format, height = 220 }: GroupedBarsProps) {
  const id = useId().replaceAll(/[^\w-]/g, "");
  const [frame, width] = useWidth();
  const count = positions.length;
  const figures = useMemo(() => series.map(({ values }) => values.map(toNumber)), [series]);
  const { ticks, box } = useBox(
    useMemo(() => domainOf(figures.flat()), [figures]),
    width,
    height,
    format,
  );
  const bands = bandsOf(count, box.left, box.right);
  const middle = (at: number) => bands.x(at) + bands.width / 2;
  const given = (index: number, at: number) => series[index]?.values[at] ?? "0";

  if (figures.flat().every((figure) => figure === 0)) return <NothingToShow height={height} />;
  return (
    <figure className="min-w-0">
      <Plot
        label={label}
        frame={frame}
        width={width}
        height={height}
        count={count}
        positionAt={(x) => bandAt(x, count, box.left, box.right)}
        middleOf={middle}
        seriesAt={() => series.map((each) => each.id)}
        describe={({ at }) => ({
          title: positionLabel(positions[at] ?? ""),
          rows: series.map((each, index) => ({
            id: each.id,
            label: each.label,
            value: format(given(index, at)),
            swatch: <Swatch id={`${id}-tip-${index}`} index={index} series={each} />,
          })),
        })}
        mark={({ at, series: focused }) =>
          series.map(
            (each, index) =>
              (focused === undefined || focused === each.id) && (
                <rect
                  key={each.id}
                  fill="none"
                  stroke="var(--ink)"
                  strokeWidth={1.5}
                  {...placed(figures[index]?.[at] ?? 0, index, series.length, at, box, count)}
                />
              ),
          )
        }
      >
        <Patterns id={id} series={series} />
        <ValueAxis ticks={ticks} y={heightIn(box)} label={(tick) => format(plain(tick))} box={box} />
        {positions.map((position, at) =>
          series.map((each, index) => (
            <rect
              key={`${each.id} ${position}`}
              data-series={each.id}
              fill={fillOf(id, index)}
              {...placed(figures[index]?.[at] ?? 0, index, series.length, at, box, count)}
            />
          )),
        )}
        <PositionAxis positions={positions} label={positionLabel} x={middle} width={width} height={height} box={box} />
      </Plot>
      <Legend id={id} series={series} />
      <ChartTable label={label} positions={positions} positionLabel={positionLabel} series={series} format={format} />
    </figure>
  );
}

/** The n-th of a position's bars, each with its part of the position's room. */
function placed(value: number, index: number, of: number, at: number, box: Box, count: number) {
  const bands = bandsOf(count, box.left, box.right);
  const y = heightIn(box);
  const width = bands.width / of;
  const [top, bottom] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
  return { x: bands.x(at) + index * width, y: top, width, height: value === 0 ? 0 : Math.max(0.75, bottom - top) };
}
