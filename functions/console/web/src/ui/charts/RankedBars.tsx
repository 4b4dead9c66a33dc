import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { shareOf } from "../money";

export type Ranked = { id: string; label: ReactNode; value: string };

type RankedBarsProps = { label: string; rows: Ranked[]; format: (value: string) => string };

/** Who has most: a row each, with its share of the first as a bar. It is a table of its own. */
export function RankedBars({ label, rows, format }: RankedBarsProps) {
  const m = useMessages().ui.chart;
  const most = rows.reduce((found, { value }) => (Number(value) > Number(found) ? value : found), "0");
  if (rows.length === 0) return <p className="py-4 text-sm text-muted">{m.empty}</p>;
  return (
    <ol aria-label={label} className="space-y-2">
      {rows.map(({ id, label: name, value }) => (
        <li key={id}>
          <div className="flex items-baseline justify-between gap-3 text-base">
            <span className="min-w-0 truncate">{name}</span>
            <span>{format(value)}</span>
          </div>
          <div aria-hidden className="mt-0.5 h-1.5 rounded-sm bg-sunken">
            <div className="h-full rounded-sm bg-accent" style={{ width: `${shareOf(value, most) * 100}%` }} />
          </div>
        </li>
      ))}
    </ol>
  );
}
