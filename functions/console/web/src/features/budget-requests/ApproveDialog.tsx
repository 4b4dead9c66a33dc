import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { positiveProblem } from "@/features/key-settings/checks";
import { MomentInput } from "@/features/key-settings/parts/MomentInput";
import { keyQuery, useAncestors } from "@/features/key-settings/queries";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { compare, minus } from "@/ui/decimals";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Field, Input, MoneyInput } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { DecisionFailure } from "./DecisionFailure";
import { approve, type BudgetRequest, useDecided } from "./queries";
import { RoomAbove } from "./RoomAbove";

type ApproveDialogProps = { request: BudgetRequest; onClose: () => void };

/** Grants what was asked for, or another amount or end, in sight of what the keys above have left. */
export function ApproveDialog({ request, onClose }: ApproveDialogProps) {
  const m = useMessages();
  const decided = useDecided();
  const [limit, setLimit] = useState(request.limit);
  const [until, setUntil] = useState(request.until);
  const [note, setNote] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const problem = positiveProblem(limit, m.keySettings.checks);
  const errorOf = (field: string) => (error instanceof ApiError ? error.of(field) : undefined);
  const present = request.budget?.limit ?? request.limitWhenAsked;
  const more = problem === undefined && compare(limit.trim(), present) > 0 ? minus(limit.trim(), present) : null;

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (problem !== undefined) return;
    setIsBusy(true);
    setError(null);
    try {
      await approve(request.id, { limit: limit.trim(), until, ...(note.trim() === "" ? {} : { note: note.trim() }) });
      decided();
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={m.budgetRequests.approveTitle(request.keyName ?? request.keyId)} onClose={onClose}>
      <form className="grid gap-4 sm:grid-cols-2" onSubmit={(event) => void submit(event)}>
        <Field
          label={m.budgetRequests.newLimit}
          hint={
            more === null
              ? m.budgetRequests.limitNow(formatUsd(present))
              : m.budgetRequests.promises(formatUsd(more), formatUsd(present))
          }
          error={problem ?? errorOf("limit")}
        >
          <MoneyInput value={limit} onChange={(event) => setLimit(event.target.value)} />
        </Field>
        <Field label={m.budgetRequests.untilField} hint={m.budgetRequests.untilHint} error={errorOf("until")}>
          <MomentInput value={until} onChange={setUntil} />
        </Field>
        <Field
          label={m.budgetRequests.note}
          hint={m.budgetRequests.noteHint}
          error={errorOf("note")}
          className="sm:col-span-2"
        >
          <Input maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        <div className="sm:col-span-2">
          <Above keyId={request.keyId} more={more} />
        </div>
        <div className="sm:col-span-2">
          {error !== null && <DecisionFailure request={request} error={error} />}
          <DialogActions>
            <Button onClick={onClose}>{m.ui.cancel}</Button>
            <Button type="submit" kind="primary" isBusy={isBusy}>
              {m.budgetRequests.approve}
            </Button>
          </DialogActions>
        </div>
      </form>
    </Dialog>
  );
}

function Above({ keyId, more }: { keyId: string; more: string | null }) {
  const key = useQuery(keyQuery(keyId));
  if (key.data === undefined)
    return key.error === null ? <Skeleton className="h-12 w-full" /> : <ErrorNote error={key.error} />;
  return <AboveKey parentId={key.data.parentId} more={more} />;
}

function AboveKey({ parentId, more }: { parentId: string | null; more: string | null }) {
  const { data, error } = useAncestors(parentId);
  if (data === undefined) return error === null ? <Skeleton className="h-12 w-full" /> : <ErrorNote error={error} />;
  return <RoomAbove ancestors={data} more={more} />;
}
