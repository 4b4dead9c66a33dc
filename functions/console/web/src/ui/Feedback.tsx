import type { ReactNode } from "react";
import { useMessages } from "@/messages";
import { Button } from "./Button";
import { cx } from "./cx";

/** What stands where there is nothing yet: what that means, and what to do next. */
export function Empty({ title, hint, action }: { title: ReactNode; hint?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {hint !== undefined && <p className="max-w-prose text-sm text-muted">{hint}</p>}
      {action}
    </div>
  );
}

/** The place of what is being loaded, of about its size, so that nothing jumps when it comes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx("animate-pulse rounded bg-sunken", className ?? "h-4 w-full")} />;
}

export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  const m = useMessages().ui;
  return (
    <div role="status" aria-label={m.loading} className="space-y-2 py-1">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className="h-7 w-full" />
      ))}
    </div>
  );
}

/** How far long work has come. `of` unknown: that it goes on. */
export function Progress({ label, done, of }: { label: string; done: number; of?: number }) {
  return (
    <div role="status" className="space-y-1 text-sm">
      <div>{label}</div>
      <progress
        className="h-2 w-full accent-accent"
        value={of === undefined ? undefined : done}
        max={of}
        aria-label={label}
      />
    </div>
  );
}

type LoadMoreProps = { hasMore: boolean; isLoading: boolean; onMore: () => void };

/** The way to a list's next page. */
export function LoadMore({ hasMore, isLoading, onMore }: LoadMoreProps) {
  const m = useMessages().ui;
  if (!hasMore) return null;
  return (
    <div className="flex justify-center pt-3">
      <Button isBusy={isLoading} onClick={onMore}>
        {m.loadMore}
      </Button>
    </div>
  );
}
