import { fillOf, Patterns } from "./Patterns";
import type { Series } from "./series";

export function Legend({ id, series }: { id: string; series: readonly Series[] }) {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {series.map((each, index) => (
        <li key={each.id} className="flex min-w-0 items-center gap-1.5">
          <svg width={12} height={12} aria-hidden className="shrink-0">
            <Patterns id={`${id}-legend-${index}`} series={series} />
            <rect width={12} height={12} rx={2} fill={fillOf(`${id}-legend-${index}`, index)} />
          </svg>
          <span className="truncate">{each.label}</span>
        </li>
      ))}
    </ul>
  );
}
