import { CircleAlert } from "lucide-react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import type { Messages } from "@/messages/en";
import { Button } from "./Button";

/** What went wrong, in the API's own words, with the request's id, and a way to try again. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const m = useMessages().ui;
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div role="alert" className="flex gap-2.5 rounded border border-bad/40 bg-bad-soft px-3 py-2.5 text-base">
      <CircleAlert size={17} aria-hidden className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 space-y-1">
        <p className="break-words">{textOf(error, m)}</p>
        {error instanceof ApiError && error.fields.length > 0 && (
          <ul className="list-disc pl-4 text-sm">
            {error.fields.map(({ field, message }) => (
              <li key={field}>
                <code>{field}</code>: {message}
              </li>
            ))}
          </ul>
        )}
        {requestId !== null && <p className="text-xs text-muted">{m.requestId(requestId)}</p>}
        {onRetry !== undefined && (
          <Button size="small" onClick={onRetry}>
            {m.retry}
          </Button>
        )}
      </div>
    </div>
  );
}

/** An error as a sentence for the viewer. */
export function textOf(error: unknown, m: Messages["ui"]): string {
  if (error instanceof ApiError) {
    if (error.status === 0) return m.errors.unreachable;
    return error.message === "" ? m.errors.failed : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
