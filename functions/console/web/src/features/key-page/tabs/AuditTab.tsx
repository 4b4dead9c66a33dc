import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Diff } from "@/ui/Diff";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { Time } from "@/ui/Time";
import { useChanges } from "../queries";

/** Who changed what of the key, and when, the newest first. */
export function AuditTab({ keyId }: { keyId: string }) {
  const m = useMessages().keyPage.audit;
  const { items, error, isPending, refetch, hasMore, isFetchingNextPage, fetchMore } = useChanges(keyId);
  return (
    <Section title={m.title}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <SkeletonRows />}
      {!isPending && error === null && items.length === 0 && !hasMore && <Empty title={m.none} />}
      <ol className="divide-y divide-line">
        {items.map(({ id, actions, actorName, at, requestId, before, after }) => (
          <li key={id} className="py-3 first:pt-0">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              {actions.map((action) => (
                <Badge key={action}>{action}</Badge>
              ))}
              <span className="text-muted">
                {m.by} <span className="break-all text-ink">{actorName}</span> · <Time value={at} />
              </span>
            </div>
            <div className="mt-1.5 overflow-hidden">
              <Diff before={before} after={after} />
            </div>
            {requestId !== null && <p className="mt-1 text-xs text-muted">{m.request(requestId)}</p>}
          </li>
        ))}
      </ol>
      <LoadMore hasMore={hasMore} isLoading={isFetchingNextPage} onMore={fetchMore} />
    </Section>
  );
}
