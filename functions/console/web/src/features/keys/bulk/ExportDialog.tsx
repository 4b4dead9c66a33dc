import { useEffect, useEffectEvent, useRef, useState } from "react";
import { save } from "@/api/download";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Progress } from "@/ui/Feedback";
import type { KeyFilters } from "../filters";
import { fetchKeys, type ListedKey, MOST } from "../list/queries";
import { CSV_HEAD, csvLine } from "./csv";

type ExportDialogProps = { onClose: () => void } & (
  | { chosen: readonly ListedKey[]; filters?: undefined }
  | { filters: KeyFilters; chosen?: undefined }
);

type State = { lines: string[]; isDone: boolean; error: unknown };

/**
 * Keys as a CSV file: those that are chosen, or all that fit the filters, which are then read page by page.
 *
 * The file is offered when it is whole; what was read until it was stopped can be had, too.
 */
export function ExportDialog({ chosen, filters, onClose }: ExportDialogProps) {
  const m = useMessages().keys.exporting;
  const ui = useMessages().ui;
  const [{ lines, isDone, error }, setState] = useState<State>({ lines: [], isDone: false, error: null });
  const [isStopped, setIsStopped] = useState(false);
  const stopping = useRef<AbortController>(null);

  async function read(signal: AbortSignal) {
    const read: string[] = chosen?.map(csvLine) ?? [];
    try {
      if (filters !== undefined) {
        for await (const keys of pagesOf(filters, signal)) {
          read.push(...keys.map(csvLine));
          setState({ lines: [...read], isDone: false, error: null });
        }
      }
      setState({ lines: read, isDone: true, error: null });
    } catch (failure) {
      if (!signal.aborted) setState({ lines: read, isDone: false, error: failure });
    }
  }
  const begin = useEffectEvent(() => {
    const controller = new AbortController();
    stopping.current = controller;
    void read(controller.signal);
  });
  useEffect(() => {
    begin();
    return () => stopping.current?.abort();
  }, []);

  function stop() {
    stopping.current?.abort();
    setIsStopped(true);
  }

  const isRunning = !isDone && error === null && !isStopped;
  return (
    <Dialog title={m.title} size="small" onClose={onClose}>
      {isRunning && <Progress label={m.reading(lines.length)} done={0} />}
      {error !== null && <ErrorNote error={error} onRetry={begin} />}
      {isDone && <p role="status">{m.ready(lines.length)}</p>}
      {isStopped && <p role="status">{m.stopped(lines.length)}</p>}
      <DialogActions>
        {isRunning && <Button onClick={stop}>{m.stop}</Button>}
        {!isRunning && error === null && (
          <Button kind="primary" onClick={() => saved(lines)}>
            {m.save}
          </Button>
        )}
        <Button onClick={onClose}>{ui.close}</Button>
      </DialogActions>
    </Dialog>
  );
}

async function* pagesOf(filters: KeyFilters, signal: AbortSignal): AsyncGenerator<ListedKey[]> {
  let cursor: string | undefined;
  do {
    const page = await fetchKeys({ ...filters, limit: MOST }, cursor, signal);
    yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** Hands a file to the browser. The mark at its beginning has spreadsheets read it as UTF-8. */
function saved(lines: readonly string[]): void {
  save(new Blob(["\ufeff", CSV_HEAD, ...lines], { type: "text/csv;charset=utf-8" }), "keys.csv");
}
