import { memo, type ReactNode, useId, useMemo } from "react";
import { useMessages } from "@/messages";
import { toNumber } from "../money";
import { PositionAxis, ValueAxis } from "./Axes";
import { ChartTable } from "./ChartTable";
import { type Box, bandAt, bandsOf, domainOf, heightIn, plain, type Segment, stacked } from "./geometry";
import { Legend, Swatch } from "./Legend";
import { NothingToShow } from "./NothingToShow";
import { fillOf, Patterns } from "./Patterns";
import { type Focus, Plot } from "./Plot";
import type { Series } from "./series";
import { useBox } from "./useBox";
import { useWidth } from "./useWidth";

type StackedBarsProps = {
  label: string;
  /** One for each position, such as a day. */
  positions: string[];
  /** What the axis says of a position: short. */
  positionLabel: (position: string) => string;
  /** What is said of a position that is looked at; what the axis says unless given. */
  positionTitle?: (position: string) => string;
  series: readonly Series[];
  format: (value: string) => string;
  /** What the axis at the side says; as `format` does unless given. */
  tickLabel?: (value: string) => string;
  /** The sum of each position as the API has it. Without it, no sum is shown where there are several series. */
  totals?: string[];
  height?: number;
  legendLabel?: (series: Series) => ReactNode;
  /** What is to happen when a bar, or a part of one, is clicked, and what that is called. */
  onPick?: (position: string, seriesId: string | undefined) => void;
  pickHint?: string;
};

/** Bars by day, stacked by group, with a legend and the same figures as a table. */
export function StackedBars(props: StackedBarsProps) {
  const { label, positions, positionLabel, series, format, totals, height = 220, onPick } = props;
  const { positionTitle = positionLabel, tickLabel = format } = props;
  const m = useMessages().ui.chart;
  const id = useId().replaceAll(/[^\w-]/g, "");
  const [frame, width] = useWidth();
  const count = positions.length;
  const segments = useMemo(() => stacked(series, count), [series, count]);
  const { ticks, box } = useBox(
    useMemo(() => domainOf(segments.map(({ to }) => to)), [segments]),
    width,
    height,
    tickLabel,
  );
  const y = heightIn(box);
  const bands = bandsOf(count, box.left, box.right);
  const middle = (at: number) => bands.x(at) + bands.width / 2;
  const shares = series.map(({ values }) => values.map(toNumber));
  const present = (at: number) => series.filter((_, index) => (shares[index]?.[at] ?? 0) !== 0);

  if (segments.length === 0) return <NothingToShow height={height} />;
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
        seriesAt={(at) => present(at).map((each) => each.id)}
        onPick={onPick && (({ at, series: picked }) => onPick(positions[at] ?? "", picked))}
        pickHint={props.pickHint}
        describe={({ at }) => ({
          title: positionTitle(positions[at] ?? ""),
          total: totals?.[at] === undefined ? undefined : format(totals[at]),
          // The topmost first, as they are stacked.
          rows: present(at)
            .map((each) => {
              const index = series.indexOf(each);
              return {
                id: each.id,
                label: each.label,
                value: format(each.values[at] ?? "0"),
                swatch: <Swatch id={`${id}-tip-${index}`} index={index} series={each} />,
              };
            })
            .reverse(),
        })}
        mark={(focus) => <Outline focus={focus} series={series} segments={segments} box={box} count={count} />}
      >
        <Patterns id={id} series={series} />
        <ValueAxis ticks={ticks} y={y} label={(tick) => tickLabel(plain(tick))} box={box} />
        <Bars id={id} series={series} segments={segments} box={box} count={count} />
        <PositionAxis positions={positions} label={positionLabel} x={middle} width={width} height={height} box={box} />
      </Plot>
      {series.length > 1 && <Legend id={id} series={series} labelOf={props.legendLabel} />}
      <ChartTable
        label={label}
        positions={positions}
        positionLabel={positionTitle}
        series={
          totals === undefined || series.length < 2
            ? series
            : [...series, { id: "total", label: m.total, values: totals }]
        }
        format={format}
      />
    </figure>
  );
}

type BarsProps = { series: readonly Series[]; segments: Segment[]; box: Box; count: number };

/** Drawn anew only if the figures or their room change, not for everything that is looked at. */
const Bars = memo(function Bars({ id, series, segments, box, count }: BarsProps & { id: string }) {
  return segments.map((each) => (
    <rect
      key={`${each.series} ${each.at}`}
      data-series={series[each.series]?.id}
      fill={fillOf(id, each.series)}
      {...placed(each, box, count)}
    />
  ));
});

/** A frame around what is looked at: all of a position, or one series of it. */
function Outline({ focus, series, segments, box, count }: BarsProps & { focus: Focus }) {
  return segments
    .filter(
      ({ at, series: index }) => at === focus.at && (focus.series === undefined || series[index]?.id === focus.series),
    )
    .map((each) => (
      <rect key={each.series} fill="none" stroke="var(--ink)" strokeWidth={1.5} {...placed(each, box, count)} />
    ));
}

function placed({ at, from, to }: Segment, box: Box, count: number) {
  const y = heightIn(box);
  const bands = bandsOf(count, box.left, box.right);
  const [top, bottom] = [y(Math.max(from, to)), y(Math.min(from, to))];
  // What there is of something shows, however little it is.
  return { x: bands.x(at), y: top, width: bands.width, height: Math.max(0.75, bottom - top) };
}
