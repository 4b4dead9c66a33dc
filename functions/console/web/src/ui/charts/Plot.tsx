import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  type RefCallback,
  useId,
  useState,
} from "react";
import { useMessages } from "@/messages";

/** What of a chart is looked at: a position, and maybe one of its series. */
export type Focus = { at: number; series?: string };

type PlotProps = {
  label: string;
  frame: RefCallback<HTMLElement>;
  width: number;
  height: number;
  count: number;
  /** The position under a point of the chart. */
  positionAt: (x: number) => number | undefined;
  /** The middle of a position, in pixels. */
  middleOf: (at: number) => number;
  /** The series that there are at a position, by id, as Up and Down go through them. */
  seriesAt: (at: number) => string[];
  /** What is said of what is looked at: a small table, by text alone. */
  describe: (focus: Focus) => Detail;
  /** Called for a click, or for Enter, on what is looked at. */
  onPick?: (focus: Focus) => void;
  pickHint?: string;
  children: ReactNode;
  /** Drawn over the rest, of what is looked at. */
  mark: (focus: Focus) => ReactNode;
};

export type Detail = {
  title: string;
  rows: ReadonlyArray<{ id: string; label: string; value: string; swatch?: ReactNode }>;
  total?: string;
};

/**
 * The part of a chart that is pointed at or gone through by keyboard: Left and Right, Home and End choose a
 * position, Up and Down a series of it, Enter picks what is chosen, Escape ends.
 */
export function Plot(props: PlotProps) {
  const { label, frame, width, height, count, positionAt, middleOf, seriesAt, describe, onPick, children, mark } =
    props;
  const m = useMessages().ui.chart;
  const hintId = useId();
  const [focus, setFocus] = useState<Focus | null>(null);
  const [isSaid, setIsSaid] = useState(false);
  const shown = focus !== null && focus.at < count ? focus : null;

  function point(event: PointerEvent<HTMLElement> | MouseEvent<HTMLElement>): Focus | null {
    const at = positionAt(event.clientX - event.currentTarget.getBoundingClientRect().left);
    const series = event.target instanceof SVGElement ? event.target.dataset.series : undefined;
    return at === undefined ? null : { at, series };
  }

  function onPointer(event: PointerEvent<HTMLElement>) {
    setIsSaid(false);
    setFocus(point(event));
  }

  function onClick(event: MouseEvent<HTMLElement>) {
    const pointed = point(event);
    // A finger first sees what it would pick.
    const isTouch = (event.nativeEvent as globalThis.PointerEvent).pointerType === "touch";
    if (pointed !== null && onPick !== undefined && (!isTouch || shown?.at === pointed.at)) onPick(pointed);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.key === "Enter" && shown !== null && onPick !== undefined) {
      onPick(shown);
      return;
    }
    const next = moved(event.key, shown, count, seriesAt);
    if (next === undefined) return;
    event.preventDefault();
    setIsSaid(true);
    setFocus(next);
  }

  const detail = shown === null ? null : describe(shown);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart is no fieldset
    <div
      ref={frame}
      role="group"
      aria-label={label}
      aria-describedby={hintId}
      tabIndex={0}
      className="relative touch-pan-y"
      onPointerMove={onPointer}
      onPointerLeave={(event) => event.pointerType !== "touch" && setFocus(null)}
      onClick={onClick}
      onKeyDown={onKeyDown}
      onBlur={() => setFocus(null)}
    >
      <svg role="img" aria-label={label} width={width} height={height} className="block max-w-full select-none">
        {children}
        {shown !== null && <g className="pointer-events-none">{mark(shown)}</g>}
      </svg>
      <p id={hintId} className="sr-only">
        {m.keyboardHint}
      </p>
      <p aria-live="polite" className="sr-only">
        {isSaid && detail !== null ? spoken(detail, shown?.series) : ""}
      </p>
      {shown !== null && detail !== null && (
        <Tooltip
          detail={detail}
          series={shown.series}
          hint={onPick === undefined ? undefined : props.pickHint}
          x={middleOf(shown.at)}
          width={width}
        />
      )}
    </div>
  );
}

function moved(
  key: string,
  from: Focus | null,
  count: number,
  seriesAt: PlotProps["seriesAt"],
): Focus | null | undefined {
  if (key === "Escape") return null;
  if (count === 0) return undefined;
  const last = count - 1;
  if (key === "Home") return { at: 0 };
  if (key === "End") return { at: last };
  if (key === "ArrowRight") return { at: from === null ? 0 : Math.min(last, from.at + 1), series: from?.series };
  if (key === "ArrowLeft") return { at: from === null ? last : Math.max(0, from.at - 1), series: from?.series };
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const at = from?.at ?? last;
  const ids = seriesAt(at);
  const now = ids.indexOf(from?.series ?? "");
  const next = key === "ArrowUp" ? now + 1 : now === -1 ? ids.length - 1 : now - 1;
  return { at, series: ids[next] };
}

function spoken({ title, rows, total }: Detail, series: string | undefined): string {
  const said = rows.filter(({ id }) => series === undefined || id === series);
  const parts = said.map(({ label, value }) => `${label} ${value}`);
  return [title, ...(series === undefined && total !== undefined ? [total] : []), ...parts].join(", ");
}

/** How far the tooltip is from what it is about, and how wide it is at most, in pixels. */
const BESIDE = 14;
const WIDEST = 320;

type TooltipProps = { detail: Detail; series?: string; hint?: string; x: number; width: number };

/** Beside what it is about, on the side that has more room, and within it. */
function Tooltip({ detail: { title, rows, total }, series, hint, x, width }: TooltipProps) {
  const isRight = x < width / 2;
  const room = (isRight ? width - x : x) - BESIDE;
  const side = isRight ? { left: x + BESIDE } : { right: width - x + BESIDE };
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-1 z-20 rounded border border-line bg-surface px-2.5 py-1.5 text-sm shadow-lg"
      style={{ ...side, maxWidth: Math.min(WIDEST, room) }}
    >
      <div className="flex justify-between gap-4 font-medium">
        <span>{title}</span>
        {total !== undefined && <span>{total}</span>}
      </div>
      {rows.map(({ id, label, value, swatch }) => (
        <div
          key={id}
          className={
            series === id
              ? "-mx-1 flex items-center gap-1.5 rounded bg-sunken px-1 font-medium"
              : "flex items-center gap-1.5"
          }
        >
          {swatch}
          <span className="min-w-0 flex-1 truncate">{label}</span>
          <span>{value}</span>
        </div>
      ))}
      {hint !== undefined && <div className="mt-1 text-xs text-muted">{hint}</div>}
    </div>
  );
}
