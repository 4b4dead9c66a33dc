import { type Box, stride } from "./geometry";

type ValueAxisProps = {
  ticks: number[];
  y: (value: number) => number;
  label: (tick: number) => string;
  box: Box;
};

/** Lines across at round values, the one at zero stronger, with their values at the side. */
export function ValueAxis({ ticks, y, label, box }: ValueAxisProps) {
  return ticks.map((tick) => (
    <g key={tick} transform={`translate(0 ${Math.round(y(tick)) + 0.5})`}>
      <line
        x1={box.left}
        x2={box.right}
        stroke={tick === 0 ? "var(--line-strong)" : "var(--line)"}
        shapeRendering="crispEdges"
      />
      <text x={box.left - 8} dy="0.32em" textAnchor="end" fontSize={11} fill="var(--muted)">
        {label(tick)}
      </text>
    </g>
  ));
}

type PositionAxisProps = {
  positions: string[];
  label: (position: string) => string;
  /** The middle of the n-th position. */
  x: (at: number) => number;
  width: number;
  height: number;
  box: Box;
};

/** The labels of as many positions as there is room for, within the chart's edges. */
export function PositionAxis({ positions, label, x, width, height, box }: PositionAxisProps) {
  const every = stride(positions.length, box.right - box.left);
  return positions.map((position, at) => {
    if (at % every !== 0) return null;
    const middle = x(at);
    const half = label(position).length * 3.2;
    const anchor = middle + half > width ? "end" : middle - half < 0 ? "start" : "middle";
    return (
      <text
        key={position}
        x={anchor === "end" ? width : anchor === "start" ? 0 : middle}
        y={height - 7}
        textAnchor={anchor}
        fontSize={11}
        fill="var(--muted)"
      >
        {label(position)}
      </text>
    );
  });
}
