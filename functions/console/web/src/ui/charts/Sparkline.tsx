import { toNumber } from "../money";
import { domainOf, heightIn } from "./geometry";

type SparklineProps = {
  /** What it shows, with its figures in words: it has no axes. */
  label: string;
  values: readonly string[];
  width?: number;
  height?: number;
};

/** How a figure went, as small as a word, beside its number. */
export function Sparkline({ label, values, width = 96, height = 24 }: SparklineProps) {
  const numbers = values.map(toNumber);
  const [least, greatest] = domainOf(numbers);
  const box = { left: 1, right: width - 1, top: 2, bottom: height - 2, least, greatest };
  const y = heightIn(box);
  const x = (at: number) => (numbers.length < 2 ? width / 2 : 1 + (at / (numbers.length - 1)) * (width - 2));
  const points = numbers.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  const last = numbers.at(-1);
  return (
    <svg role="img" aria-label={label} width={width} height={height} className="shrink-0 overflow-visible">
      <title>{label}</title>
      {points.length > 1 && <polyline points={points.join(" ")} fill="none" stroke="var(--accent)" strokeWidth={1.5} />}
      {last !== undefined && <circle cx={x(numbers.length - 1)} cy={y(last)} r={2} fill="var(--accent)" />}
    </svg>
  );
}
