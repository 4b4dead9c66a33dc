import { useMessages } from "@/messages";
import { cx } from "./cx";
import { formatUsd, shareOf, toNumber } from "./money";

type UsageBarProps = {
  used: string;
  held: string;
  /** `null`: no limit, so that there is nothing to fill. */
  limit: string | null;
  /** The percent from which it is shown as near its end. */
  nearPercent?: number;
  className?: string;
};

/** How much of a limit is used (solid) and held by open requests (hatched). */
export function UsageBar({ used, held, limit, nearPercent = 80, className }: UsageBarProps) {
  const m = useMessages().ui;
  if (limit === null) return <div className={cx("text-xs text-muted", className)}>{m.money.unlimited}</div>;
  const usedShare = shareOf(used, limit);
  const heldShare = Math.min(shareOf(held, limit), 1 - usedShare);
  const isFull = toNumber(used) >= toNumber(limit);
  const tone = isFull ? "bg-bad" : usedShare * 100 >= nearPercent ? "bg-warn" : "bg-accent";
  return (
    <div
      role="img"
      aria-label={m.bar.description(formatUsd(used), formatUsd(held), formatUsd(limit))}
      title={m.bar.description(formatUsd(used), formatUsd(held), formatUsd(limit))}
      className={cx("flex h-2 min-w-16 overflow-hidden rounded-sm bg-sunken", className)}
    >
      <span className={tone} style={{ width: `${usedShare * 100}%` }} />
      <span
        className="opacity-80"
        style={{
          width: `${heldShare * 100}%`,
          background: "repeating-linear-gradient(135deg, var(--line-strong) 0 2px, transparent 2px 5px)",
        }}
      />
    </div>
  );
}
