import { KeyRound } from "lucide-react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, LoadMore, Progress, SkeletonRows } from "@/ui/Feedback";
import { KeyTree } from "./KeyTree";
import { inOrder } from "./order";
import { useRoots } from "./queries";
import { useFilled } from "./useFilled";

/** All keys, as a tree; or, where there are none yet, what one is for and how to make the first. */
export function AllKeys({ onCreate }: { onCreate: () => void }) {
  const m = useMessages().keys.list;
  const { can } = useSession();
  const roots = useRoots();
  const { isFilling, more } = useFilled(roots);
  const { items, error, isPending, hasMore } = roots;

  if (isPending) return <SkeletonRows />;
  if (error !== null && items.length === 0) return <ErrorNote error={error} onRetry={() => void roots.refetch()} />;
  if (items.length === 0 && !hasMore) {
    return (
      <Empty
        title={m.empty.title}
        hint={can("createKey") ? m.empty.hint : m.empty.hintForViewers}
        action={
          can("createKey") && (
            <Button kind="primary" icon={KeyRound} onClick={onCreate}>
              {m.empty.action}
            </Button>
          )
        }
      />
    );
  }
  return (
    <>
      <KeyTree roots={hasMore ? items : inOrder(items)} />
      {error !== null && <ErrorNote error={error} onRetry={more} />}
      {isFilling ? (
        <div className="pt-3">
          <Progress label={m.loadingRoots(items.length)} done={0} />
        </div>
      ) : (
        error === null && <LoadMore hasMore={hasMore} isLoading={false} onMore={more} />
      )}
    </>
  );
}
