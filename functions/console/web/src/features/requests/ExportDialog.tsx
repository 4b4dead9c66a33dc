import { Download, Square } from "lucide-react";
import { useState } from "react";
import { useLocale } from "@/app/preferences";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Progress } from "@/ui/Feedback";
import { Field, Select } from "@/ui/Field";
import { useDownload } from "@/ui/useDownload";
import { formatBytes } from "./durations";
import { type ExportFormat, type ExportProgress, exportRequests } from "./export";
import type { RequestFilters } from "./filters";

const NOTHING: ExportProgress = { bytes: 0, rows: 0 };

/** All requests of the filters as a file: how far it has come, and a way to stop. */
export function ExportDialog({ filters, onClose }: { filters: RequestFilters; onClose: () => void }) {
  const m = useMessages().requests.export;
  const locale = useLocale();
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [done, setDone] = useState<ExportProgress | null>(null);
  const { progress, failure, begin, stop } = useDownload(NOTHING, async (onProgress, signal) =>
    setDone(await exportRequests(filters, format, signal, onProgress)),
  );
  const isRunning = progress !== null;

  const told = ({ rows, bytes }: ExportProgress) =>
    m.progress(new Intl.NumberFormat(locale).format(rows), formatBytes(bytes));
  return (
    <Dialog title={m.title} size="small" onClose={onClose}>
      <p className="mb-3 text-sm text-muted">{m.hint}</p>
      <Field label={m.format}>
        <Select
          value={format}
          disabled={isRunning}
          options={[
            ["csv", m.csv],
            ["jsonl", m.jsonl],
          ]}
          onChange={(event) => setFormat(event.target.value as ExportFormat)}
        />
      </Field>
      <div className="mt-4 min-h-12">
        {isRunning && <Progress label={told(progress)} done={progress.bytes} />}
        {!isRunning && done !== null && (
          <p role="status" className="text-good">
            {m.done} {told(done)}
          </p>
        )}
        {failure !== null && <ErrorNote error={failure} />}
      </div>
      <DialogActions>
        {isRunning ? (
          <Button icon={Square} onClick={stop}>
            {m.stop}
          </Button>
        ) : (
          <Button
            kind="primary"
            icon={Download}
            onClick={() => {
              setDone(null);
              begin();
            }}
          >
            {m.start}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
