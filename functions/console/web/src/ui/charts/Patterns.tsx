import { colourOf, patternOf, type Series } from "./series";

type PatternsProps = {
  id: string;
  series: ReadonlyArray<Pick<Series, "id" | "tone">>;
  /** The place of the first of the series among all of the chart. */
  first?: number;
};

/** What fills each series: its colour, with a pattern in the surface's colour, to be told apart without seeing colours. */
export function Patterns({ id, series, first = 0 }: PatternsProps) {
  return (
    <defs>
      {series.map((each, offset) => {
        const index = first + offset;
        return (
          <pattern
            key={each.id}
            id={`${id}-${index}`}
            width={7}
            height={7}
            patternUnits="userSpaceOnUse"
            patternTransform={`rotate(${ANGLES[patternOf(index, each)] ?? 0})`}
          >
            <rect width={7} height={7} fill={colourOf(index, each)} />
            <Marks kind={patternOf(index, each)} />
          </pattern>
        );
      })}
    </defs>
  );
}

const ANGLES = [0, 45, -45, 0, 0, 90, 30, 0];

function Marks({ kind }: { kind: number }) {
  const stroke = { stroke: "var(--surface)", strokeOpacity: 0.5, strokeWidth: 1.2, fill: "none" };
  if (kind === 0) return null;
  if (kind === 3) return <circle cx={3} cy={3} r={1.1} fill="var(--surface)" fillOpacity={0.6} />;
  if (kind === 4 || kind === 6) return <path d="M0 3H7M3 0V7" {...stroke} />;
  if (kind === 7) return <rect x={1.5} y={1.5} width={3} height={3} {...stroke} />;
  return <path d="M0 3H7" {...stroke} />;
}

export function fillOf(id: string, index: number): string {
  return `url(#${id}-${index})`;
}
