import { Download, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Progress } from "@/ui/Feedback";
import { Field, Select } from "@/ui/Field";
import { formatBytes } from "./durations";
import { type ExportFormat, type ExportProgress, exportRequests } from "./export";
import type { RequestFilters } from "./filters";

type State =
  | { at: "asking" }
  | { at: "running"; progress: ExportProgress }
  | { at: "done"; progress: ExportProgress }
  | { at: "failed"; error: unknown };

/** All requests of the filters as a file: how far it has come, and a way to stop. */
export function ExportDialog({ filters, onClose }: { filters: RequestFilters; onClose: () => void }) {
  const m = useMessages().requests.export;
  const locale = useLocale();
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [state, setState] = useState<State>({ at: "asking" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function start() {
    const controller = new AbortController();
    running.current = controller;
    setState({ at: "running", progress: { bytes: 0, rows: 0 } });
    try {
      const progress = await exportRequests(filters, format, controller.signal, (each) =>
        setState({ at: "running", progress: each }),
      );
      setState({ at: "done", progress });
    } catch (error) {
      const isStopped = error instanceof DOMException && error.name === "AbortError";
      setState(isStopped ? { at: "asking" } : { at: "failed", error });
    }
  }

  const told = ({ rows, bytes }: ExportProgress) =>
    m.progress(new Intl.NumberFormat(locale).format(rows), formatBytes(bytes));
  return (
    <Dialog title={m.title} size="small" onClose={onClose}>
      <p className="mb-3 text-sm text-muted">{m.hint}</p>
      <Field label={m.format}>
        <Select
          value={format}
          disabled={state.at === "running"}
          options={[
            ["csv", m.csv],
            ["jsonl", m.jsonl],
          ]}
          onChange={(event) => setFormat(event.target.value as ExportFormat)}
        />
      </Field>
      <div className="mt-4 min-h-12">
        {state.at === "running" && <Progress label={told(state.progress)} done={state.progress.bytes} />}
        {state.at === "done" && (
          <p role="status" className="text-good">
            {m.done} {told(state.progress)}
          </p>
        )}
        {state.at === "failed" && <ErrorNote error={state.error} />}
      </div>
      <DialogActions>
        {state.at === "running" ? (
          <Button icon={Square} onClick={() => running.current?.abort()}>
            {m.stop}
          </Button>
        ) : (
          <Button kind="primary" icon={Download} onClick={() => void start()}>
            {m.start}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
