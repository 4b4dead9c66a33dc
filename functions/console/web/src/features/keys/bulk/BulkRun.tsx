import { CircleCheck, CircleMinus, CircleX, type LucideIcon } from "lucide-react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { textOf } from "@/ui/ErrorNote";
import { Progress } from "@/ui/Feedback";
import type { Outcome } from "./run";
import type { Bulk, Run } from "./useBulk";

type BulkRunProps = { bulk: Bulk; run: Run; onClose: () => void };

/** A change of several keys under way, and then the account of it: what failed, why, and once more. */
export function BulkRun({ bulk: { stop, goOn, retry }, run, onClose }: BulkRunProps) {
  const m = useMessages();
  const { change, outcomes, total, isRunning, rest } = run;
  const of = (result: Outcome["result"]) => outcomes.filter((outcome) => outcome.result === result);
  const [failed, skipped] = [of("failed"), of("skipped")];
  return (
    <Dialog title={m.keys.bulk.titles[change.kind](total)} onClose={isRunning ? stop : onClose}>
      {isRunning ? (
        <Progress label={m.keys.bulk.progress(outcomes.length, total)} done={outcomes.length} of={total} />
      ) : (
        <p role="status" className="font-medium">
          {m.keys.bulk.account(of("done").length, skipped.length, failed.length, rest.length)}
        </p>
      )}
      {(failed.length > 0 || skipped.length > 0) && <Account outcomes={[...failed, ...skipped]} />}
      <DialogActions>
        {isRunning && <Button onClick={stop}>{m.keys.bulk.stop}</Button>}
        {!isRunning && rest.length > 0 && <Button onClick={() => goOn(run)}>{m.keys.bulk.goOn(rest.length)}</Button>}
        {!isRunning && failed.length > 0 && (
          <Button onClick={() => retry(run)}>{m.keys.bulk.retry(failed.length)}</Button>
        )}
        {!isRunning && (
          <Button kind="primary" onClick={onClose}>
            {m.ui.close}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

const ICONS: Record<Outcome["result"], LucideIcon> = { done: CircleCheck, skipped: CircleMinus, failed: CircleX };

function Account({ outcomes }: { outcomes: readonly Outcome[] }) {
  const m = useMessages().keys.bulk;
  return (
    <ul aria-label={m.accountLabel} className="mt-3 max-h-72 divide-y divide-line overflow-y-auto text-sm">
      {outcomes.map((outcome) => {
        const Icon = ICONS[outcome.result];
        return (
          <li key={outcome.key.id} className="flex gap-2 py-1.5">
            <Icon
              size={15}
              aria-hidden
              className={cx("mt-0.5 shrink-0", outcome.result === "failed" ? "text-bad" : "text-muted")}
            />
            <span className="min-w-0 break-words">
              <bdi className="font-medium">{outcome.key.name}</bdi>
              {": "}
              <Why outcome={outcome} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Why({ outcome }: { outcome: Outcome }) {
  const m = useMessages();
  if (outcome.result === "done") return null;
  if (outcome.result === "skipped") return m.keys.bulk.skipped[outcome.why];
  const { error } = outcome;
  if (!(error instanceof ApiError)) return textOf(error, m.ui);
  if (error.isConflict) return m.keys.bulk.changedMeanwhile;
  const fields = error.fields.map(({ field, message }) => `${field} ${message}`).join("; ");
  return (
    <>
      {fields === "" ? textOf(error, m.ui) : fields}
      {error.requestId !== null && <span className="text-xs text-muted"> {m.ui.requestId(error.requestId)}</span>}
    </>
  );
}
