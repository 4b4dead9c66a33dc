import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Empty, Progress, SkeletonRows } from "@/ui/Feedback";
import type { KeyFilters } from "../filters";
import { KeyRow } from "./KeyRow";
import { KeyTable } from "./KeyTable";
import { useFound } from "./queries";
import { useFilled } from "./useFilled";

/** The keys that fit the filters, wherever in the tree they are, as a flat list. */
export function FoundKeys({ filters, onClear }: { filters: KeyFilters; onClear: () => void }) {
  const m = useMessages().keys.list;
  const found = useFound(filters);
  const { isFilling, more } = useFilled(found);
  const { items, error, isPending, hasMore } = found;

  if (isPending) return <SkeletonRows />;
  if (error !== null && items.length === 0) return <ErrorNote error={error} onRetry={() => void found.refetch()} />;
  return (
    <>
      {items.length > 0 && (
        <KeyTable label={m.found}>
          {items.map((key) => (
            <KeyRow key={key.id} apiKey={key} />
          ))}
        </KeyTable>
      )}
      {isFilling && (
        <div className="pt-3">
          <Progress label={m.searching(items.length)} done={0} />
        </div>
      )}
      {error !== null && <ErrorNote error={error} onRetry={more} />}
      {hasMore && !isFilling && error === null && (
        <div className="flex flex-wrap items-center justify-center gap-3 pt-3 text-sm text-muted">
          {m.foundSoFar(items.length)}
          <Button onClick={more}>{m.searchOn}</Button>
        </div>
      )}
      {items.length === 0 && !hasMore && (
        <Empty title={m.nothingFound} hint={m.nothingFoundHint} action={<Button onClick={onClear}>{m.clear}</Button>} />
      )}
    </>
  );
}
