import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { KeyRow } from "./KeyRow";
import { KeyTable, WideRow } from "./KeyTable";
import { inOrder } from "./order";
import { type ListedKey, useChildren } from "./queries";
import { useFilled } from "./useFilled";
import { type OpenBranches, useOpenBranches } from "./useOpenBranches";

/** Keys and, where one is opened, what is below it: fetched then, and not before. */
export function KeyTree({ roots }: { roots: readonly ListedKey[] }) {
  const m = useMessages().keys.list;
  const branches = useOpenBranches(roots);
  return (
    <KeyTable label={m.tree}>
      {roots.map((key) => (
        <Branch key={key.id} apiKey={key} depth={0} branches={branches} />
      ))}
    </KeyTable>
  );
}

type BranchProps = { apiKey: ListedKey; depth: number; branches: OpenBranches };

function Branch({ apiKey, depth, branches }: BranchProps) {
  const isOpen = apiKey.childCount > 0 && branches.isOpen(apiKey.id);
  return (
    <>
      <KeyRow apiKey={apiKey} branch={{ depth, isOpen, onToggle: () => branches.toggle(apiKey.id) }} />
      {isOpen && <Below parent={apiKey} depth={depth + 1} branches={branches} />}
    </>
  );
}

function Below({ parent, depth, branches }: { parent: ListedKey; depth: number; branches: OpenBranches }) {
  const m = useMessages().keys.list;
  const children = useChildren(parent.id);
  const { isFilling, more } = useFilled(children);
  const rows = children.hasMore ? children.items : inOrder(children.items);
  return (
    <>
      {rows.map((key) => (
        <Branch key={key.id} apiKey={key} depth={depth} branches={branches} />
      ))}
      {children.error !== null && (
        <WideRow depth={depth}>
          <ErrorNote error={children.error} onRetry={children.isPending ? () => void children.refetch() : more} />
        </WideRow>
      )}
      {(children.isPending || isFilling) && children.error === null && (
        <WideRow depth={depth}>
          <div role="status" aria-label={m.loadingBelow(parent.name)}>
            <Skeleton className="h-6 w-full max-w-md" />
          </div>
        </WideRow>
      )}
      {children.hasMore && !isFilling && children.error === null && (
        <WideRow depth={depth}>
          <Button kind="quiet" size="small" onClick={more}>
            {m.moreBelow(parent.name, Math.max(0, parent.childCount - children.items.length))}
          </Button>
        </WideRow>
      )}
    </>
  );
}
