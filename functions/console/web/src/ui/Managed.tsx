import { FileCode } from "lucide-react";
import { useMessages } from "@/messages";
import { Badge } from "./Badge";

/** By which configuration something is managed, if by any: `managedBy`. */
type ManagedProps = { by: string | null };

/** For a row or the head of a page. */
export function ManagedBadge({ by }: ManagedProps) {
  const m = useMessages().ui.managed;
  if (by === null) return null;
  return (
    <span title={m.hint(by)}>
      <Badge icon={FileCode}>
        <span className="sr-only">{m.by} </span>
        {by}
      </Badge>
    </span>
  );
}

/** For where it is edited. */
export function ManagedNote({ by }: ManagedProps) {
  const m = useMessages().ui.managed;
  if (by === null) return null;
  return (
    <p className="flex items-start gap-1.5 text-xs text-muted">
      <FileCode size={14} className="mt-px shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{m.hint(by)}</span>
    </p>
  );
}
