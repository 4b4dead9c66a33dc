import { type ReactNode, useId } from "react";
import { toNumber } from "../money";
import { Legend } from "./Legend";
import { NothingToShow } from "./NothingToShow";
import { fillOf, Patterns } from "./Patterns";
import { OTHER } from "./series";

export type Ranked = {
  id: string;
  label: ReactNode;
  value: string;
  /** What stands behind the value, small: such as its share of the whole. */
  note?: ReactNode;
  /** What the bar is made of: `parts` of the chart, by their ids, and whatever else as "Other". */
  parts?: ReadonlyArray<{ id: string; label: string; value: string }>;
};

type RankedBarsProps = {
  label: string;
  rows: readonly Ranked[];
  format: (value: string) => string;
  /** Whether the bars have the colours and patterns of the chart whose series the rows are. */
  isKeyed?: boolean;
  /** What bars are made of, if of parts: each has one colour and pattern in all bars, and a legend says which. */
  parts?: readonly Part[];
};

export type Part = { id: string; label: string };

/** Who has most: a row each, with its share of the first as a bar. It is a table of its own. */
export function RankedBars({ label, rows, format, isKeyed = false, parts }: RankedBarsProps) {
  const id = useId().replaceAll(/[^\w-]/g, "");
  const most = rows.reduce((found, { value }) => Math.max(found, Math.abs(toNumber(value))), 0);
  const share = (value: string) => (most > 0 ? Math.abs(toNumber(value)) / most : 0);
  if (rows.length === 0) return <NothingToShow height={64} />;
  const list = (
    <ol aria-label={label} className="space-y-2">
      {rows.map(({ id: rowId, label: name, value, note, parts: own }, index) => (
        <li key={rowId}>
          <div className="flex items-baseline justify-between gap-3 text-base">
            <span className="min-w-0 truncate [&_a]:block [&_a]:truncate [&_a]:leading-6">{name}</span>
            <span className="whitespace-nowrap">
              {format(value)}
              {note !== undefined && <span className="ml-2 text-sm text-muted">{note}</span>}
            </span>
          </div>
          <div aria-hidden className="mt-0.5 h-1.5 overflow-hidden rounded-sm bg-sunken">
            {own === undefined || parts === undefined ? (
              <Bar
                id={`${id}-${index}`}
                row={{ id: rowId, value }}
                index={index}
                isKeyed={isKeyed}
                share={share(value)}
              />
            ) : (
              <Split id={`${id}-${index}`} parts={own} known={parts} share={share} format={format} />
            )}
          </div>
        </li>
      ))}
    </ol>
  );
  if (parts === undefined) return list;
  return (
    <>
      {list}
      <Legend id={`${id}-parts`} series={parts.map((part) => ({ ...part, values: [] }))} />
    </>
  );
}

type BarProps = { id: string; row: { id: string; value: string }; index: number; isKeyed: boolean; share: number };

function Bar({ id, row, index, isKeyed, share }: BarProps) {
  const width = `${share * 100}%`;
  if (!isKeyed) {
    // What is below zero goes the other way, in the colour of what is wrong.
    const isNegative = toNumber(row.value) < 0;
    return <div className={isNegative ? "ml-auto h-full bg-bad" : "h-full rounded-sm bg-accent"} style={{ width }} />;
  }
  return (
    <svg aria-hidden width="100%" height={6} className="block">
      <Patterns id={id} series={[row]} first={index} />
      <rect width={width} height={6} fill={fillOf(id, index)} />
    </svg>
  );
}

type SplitProps = {
  id: string;
  parts: NonNullable<Ranked["parts"]>;
  known: readonly Part[];
  share: (value: string) => number;
  format: (value: string) => string;
};

function Split({ id, parts, known, share, format }: SplitProps) {
  const lookOf = new Map(known.map((part, index) => [part.id, index]));
  const other = known.findIndex((part) => part.id === OTHER);
  const look = (part: Part) => lookOf.get(part.id) ?? other;
  const ordered = [...parts].sort((a, b) => look(a) - look(b));
  let x = 0;
  return (
    <svg aria-hidden width="100%" height={6} className="block">
      <Patterns id={id} series={known} />
      {ordered.map((part) => {
        const from = x;
        x += share(part.value);
        return (
          <rect
            key={part.id}
            x={`${from * 100}%`}
            width={`${share(part.value) * 100}%`}
            height={6}
            fill={fillOf(id, look(part))}
          >
            <title>{`${part.label}: ${format(part.value)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
