import { useMessages } from "@/messages";
import { Money } from "@/ui/Money";
import { Time } from "@/ui/Time";
import { UsageBar } from "@/ui/UsageBar";
import type { ListedKey } from "./queries";

type LimitProps = { used: string; held: string; limit: string | null };

/** The budget of a key in total: what is used and held of what it may spend. */
export function Budget({ apiKey: { budgetUsed, budgetHeld, budgetLimit } }: { apiKey: ListedKey }) {
  return <Limit used={budgetUsed} held={budgetHeld} limit={budgetLimit} />;
}

/** The quota of a key's present window, and when the next one begins; nothing, if it has none. */
export function Quota({ apiKey }: { apiKey: ListedKey }) {
  const m = useMessages().keys.list;
  const { quotaUsed, quotaHeld, quotaAllowance, quotaPeriod, quotaResetsAt } = apiKey;
  if (quotaUsed === null || quotaPeriod === null) return <span className="text-muted">–</span>;
  return (
    <div className="min-w-0">
      <Limit used={quotaUsed} held={quotaHeld ?? "0"} limit={quotaAllowance} />
      <div className="text-xs text-muted">
        {m.periods[quotaPeriod]}
        {quotaResetsAt !== null && (
          <>
            {" · "}
            {m.resets} <Time value={quotaResetsAt} as="relative" />
          </>
        )}
      </div>
    </div>
  );
}

function Limit({ used, held, limit }: LimitProps) {
  const m = useMessages().keys.list;
  if (limit === null) {
    return (
      <div className="text-sm whitespace-nowrap">
        <Money value={used} /> <span className="text-xs text-muted">{m.noLimit}</span>
      </div>
    );
  }
  return (
    <div className="min-w-0">
      <div className="mb-1 flex items-baseline justify-between gap-2 text-sm whitespace-nowrap">
        <Money value={used} />
        <span className="text-xs text-muted">
          {m.of} <Money value={limit} />
        </span>
      </div>
      <UsageBar used={used} held={held} limit={limit} />
    </div>
  );
}
