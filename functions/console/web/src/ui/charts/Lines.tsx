import { LinePath } from "@visx/shape";
import { useId, useMemo } from "react";
import { toNumber } from "../money";
import { PositionAxis, ValueAxis } from "./Axes";
import { ChartTable } from "./ChartTable";
import { domainOf, heightIn, plain, pointAt } from "./geometry";
import { NothingToShow } from "./NothingToShow";
import { Plot } from "./Plot";
import { colourOf, type Series } from "./series";
import { useBox } from "./useBox";
import { useWidth } from "./useWidth";

export type Line = Series & { isDashed?: boolean };

type LinesProps = {
  label: string;
  positions: string[];
  positionLabel: (position: string) => string;
  /** What is said of a position that is looked at; what the axis says unless given. */
  positionTitle?: (position: string) => string;
  /** A value that isn't there yet, such as a day to come, is left out of the line: "". */
  series: readonly Line[];
  format: (value: string) => string;
  /** What the axis at the side says; as `format` does unless given. */
  tickLabel?: (value: string) => string;
  /** A line across, such as a limit. */
  mark?: { label: string; value: string };
  height?: number;
};

/** Lines over days, such as a budget that burns down, with a limit across and the same figures as a table. */
export function Lines(props: LinesProps) {
  const { label, positions, positionLabel, series, format, mark, height = 200 } = props;
  const { positionTitle = positionLabel, tickLabel = format } = props;
  const id = useId().replaceAll(/[^\w-]/g, "");
  const [frame, width] = useWidth();
  const count = positions.length;
  const drawn = useMemo(() => series.flatMap(({ values }) => values.filter((value) => value !== "")), [series]);
  const domain = useMemo(() => domainOf([...drawn, mark?.value ?? "0"].map(toNumber)), [drawn, mark?.value]);
  const { ticks, box } = useBox(domain, width, height, tickLabel);
  const y = heightIn(box);
  const x = (at: number) =>
    count < 2 ? (box.left + box.right) / 2 : box.left + (at / (count - 1)) * (box.right - box.left);
  const present = (at: number) => series.filter(({ values }) => (values[at] ?? "") !== "");

  if (drawn.length === 0) return <NothingToShow height={height} />;
  return (
    <figure className="min-w-0">
      <Plot
        label={label}
        frame={frame}
        width={width}
        height={height}
        count={count}
        positionAt={(at) => pointAt(at, count, box.left, box.right)}
        middleOf={x}
        seriesAt={(at) => present(at).map((each) => each.id)}
        describe={({ at }) => ({
          title: positionTitle(positions[at] ?? ""),
          rows: present(at).map((each) => ({
            id: each.id,
            label: each.label,
            value: format(each.values[at] ?? "0"),
            swatch: <Dash line={each} index={series.indexOf(each)} />,
          })),
        })}
        mark={({ at }) => (
          <>
            <line
              x1={x(at)}
              x2={x(at)}
              y1={box.top}
              y2={box.bottom}
              stroke="var(--line-strong)"
              strokeDasharray="2 2"
            />
            {present(at).map((each) => (
              <circle
                key={each.id}
                cx={x(at)}
                cy={y(toNumber(each.values[at] ?? "0"))}
                r={4}
                fill={colourOf(series.indexOf(each), each)}
                stroke="var(--surface)"
                strokeWidth={1.5}
              />
            ))}
          </>
        )}
      >
        <ValueAxis ticks={ticks} y={y} label={(tick) => tickLabel(plain(tick))} box={box} />
        {mark !== undefined && (
          <g transform={`translate(0 ${y(toNumber(mark.value))})`}>
            <line x1={box.left} x2={box.right} stroke="var(--bad)" strokeDasharray="2 3" />
            <text id={`${id}-mark`} x={box.right} dy="-0.4em" textAnchor="end" fontSize={11} fill="var(--bad)">
              {mark.label}
            </text>
          </g>
        )}
        {series.map((each, index) => {
          const points = positions.flatMap((_, at) =>
            each.values[at] ? [{ x: x(at), y: y(toNumber(each.values[at])) }] : [],
          );
          const stroke = colourOf(index, each);
          const [only] = points;
          return points.length === 1 && only !== undefined ? (
            <circle key={each.id} cx={only.x} cy={only.y} r={3.5} fill={stroke} />
          ) : (
            <LinePath
              key={each.id}
              data={points}
              x={(point) => point.x}
              y={(point) => point.y}
              stroke={stroke}
              strokeWidth={2}
              strokeDasharray={dashOf(each, index)}
              fill="none"
            />
          );
        })}
        <PositionAxis positions={positions} label={positionLabel} x={x} width={width} height={height} box={box} />
      </Plot>
      {series.length > 1 && (
        <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {series.map((each, index) => (
            <li key={each.id} className="flex min-w-0 items-center gap-1.5">
              <Dash line={each} index={index} />
              <span className="truncate">{each.label}</span>
            </li>
          ))}
        </ul>
      )}
      <ChartTable label={label} positions={positions} positionLabel={positionTitle} series={series} format={format} />
    </figure>
  );
}

/** Lines are told apart by their dashes, too. */
const DASHES = [undefined, "7 3", "2 3", "9 3 2 3", "4 2", "1 4", "12 4", "6 2 1 2"];

function dashOf({ isDashed }: Line, index: number): string | undefined {
  return isDashed === true ? "5 4" : DASHES[index % DASHES.length];
}

function Dash({ line, index }: { line: Line; index: number }) {
  return (
    <svg width={20} height={8} aria-hidden className="shrink-0">
      <path d="M0 4H20" stroke={colourOf(index, line)} strokeWidth={2} strokeDasharray={dashOf(line, index)} />
    </svg>
  );
}
