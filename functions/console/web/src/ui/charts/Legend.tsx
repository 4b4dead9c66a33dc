import type { ReactNode } from "react";
import { fillOf, Patterns } from "./Patterns";
import type { Series } from "./series";

/** A little square of a series' colour and pattern. */
export function Swatch({ id, index, series }: { id: string; index: number; series: Pick<Series, "id" | "tone"> }) {
  const own = `${id}-swatch`;
  return (
    <svg width={12} height={12} aria-hidden className="shrink-0">
      <Patterns id={own} series={[series]} first={index} />
      <rect width={12} height={12} rx={2} fill={fillOf(own, index)} />
    </svg>
  );
}

type LegendProps = { id: string; series: readonly Series[]; labelOf?: (series: Series) => ReactNode };

export function Legend({ id, series, labelOf }: LegendProps) {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {series.map((each, index) => (
        <li key={each.id} className="flex max-w-64 min-w-0 items-center gap-1.5">
          <Swatch id={`${id}-legend-${index}`} index={index} series={each} />
          <span className="truncate" title={each.label}>
            {labelOf?.(each) ?? each.label}
          </span>
        </li>
      ))}
    </ul>
  );
}
