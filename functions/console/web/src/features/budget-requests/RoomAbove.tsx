import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { compare } from "@/ui/decimals";
import { formatUsd } from "@/ui/money";
import { UsageBar } from "@/ui/UsageBar";

type KeyView = Schemas["KeyView"];
type Room = {
  key: KeyView;
  window: "total" | Schemas["Period"];
  used: string;
  held: string;
  limit: string;
  left: string;
};

/** What the keys above have left of each of their limits, and whether what is granted goes beyond it. */
export function RoomAbove({ ancestors, more }: { ancestors: readonly KeyView[]; more: string | null }) {
  const m = useMessages().budgetRequests;
  const rooms = ancestors.flatMap(roomsOf);
  if (rooms.length === 0) return <p className="text-sm text-muted">{m.noLimitAbove}</p>;
  return (
    <section className="space-y-2 rounded border border-line p-3">
      <h3 className="text-sm font-medium">{m.above}</h3>
      <ul className="space-y-2">
        {rooms.map(({ key, window, used, held, limit, left }) => (
          <li key={`${key.id} ${window}`} className="grid items-center gap-x-3 text-sm sm:grid-cols-[1fr_8rem_11rem]">
            <span className="min-w-0 break-words">
              <Link to="/keys/$keyId" params={{ keyId: key.id }} className="text-accent underline">
                {key.name}
              </Link>{" "}
              <span className="text-muted">
                {m.windows[window]}
                {!key.overcommit && ` · ${m.noOvercommit}`}
              </span>
            </span>
            <UsageBar used={used} held={held} limit={limit} />
            <span className="sm:text-right" title={`${left} / ${limit} USD`}>
              {m.leftOf(formatUsd(left), formatUsd(limit))}
            </span>
            {more !== null && compare(more, left) > 0 && (
              <span className="flex items-start gap-1 text-xs text-warn sm:col-span-3">
                <TriangleAlert size={13} aria-hidden className="mt-0.5 shrink-0" />
                {m.beyond}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function roomsOf(key: KeyView): Room[] {
  const rooms: Room[] = [];
  if (key.budgetLimit !== null && key.budgetRemaining !== null) {
    const { budgetUsed: used, budgetHeld: held, budgetLimit: limit, budgetRemaining: left } = key;
    rooms.push({ key, window: "total", used, held, limit, left });
  }
  if (key.quotaPeriod !== null && key.quotaAllowance !== null && key.quotaRemaining !== null) {
    const { quotaUsed, quotaHeld, quotaAllowance: limit, quotaRemaining: left } = key;
    rooms.push({ key, window: key.quotaPeriod, used: quotaUsed ?? "0", held: quotaHeld ?? "0", limit, left });
  }
  return rooms;
}
