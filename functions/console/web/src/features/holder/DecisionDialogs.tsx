import { type FormEvent, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, MoneyInput, TextArea } from "@/ui/Field";
import { type OwnRequest, useApproval, useDenial } from "./queries";

type DecisionProps = { request: OwnRequest; onClose: () => void };

/** Raises the limit of a key below, to what was asked for or another amount. */
export function ApproveDialog({ request, onClose }: DecisionProps) {
  const m = useMessages().holder.asking;
  const ui = useMessages().ui;
  const approval = useApproval();
  const [limit, setLimit] = useState(request.limit);
  const [note, setNote] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    const body = { limit: limit.trim(), ...(note.trim() === "" ? {} : { note }) };
    approval.mutate({ id: request.id, body }, { onSuccess: onClose });
  }

  return (
    <Dialog title={m.approveTitle(request.keyName ?? request.keyId)} size="small" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label={m.limit}>
          <MoneyInput
            required
            pattern="[0-9]+(\.[0-9]+)?"
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
          />
        </Field>
        <Field label={m.note} hint={m.noteHint}>
          <TextArea maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {approval.error !== null && <ErrorNote error={approval.error} />}
        <DialogActions>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={approval.isPending}>
            {m.approve}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

export function DenyDialog({ request, onClose }: DecisionProps) {
  const m = useMessages().holder.asking;
  const ui = useMessages().ui;
  const denial = useDenial();
  const [reason, setReason] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    denial.mutate({ id: request.id, reason }, { onSuccess: onClose });
  }

  return (
    <Dialog title={m.denyTitle(request.keyName ?? request.keyId)} size="small" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label={m.denyReason} hint={m.noteHint}>
          <TextArea required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {denial.error !== null && <ErrorNote error={denial.error} />}
        <DialogActions>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button type="submit" kind="danger" isBusy={denial.isPending}>
            {m.deny}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
