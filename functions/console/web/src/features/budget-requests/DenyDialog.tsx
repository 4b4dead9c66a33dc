import { type FormEvent, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { Field, TextArea } from "@/ui/Field";
import { DecisionFailure } from "./DecisionFailure";
import { type BudgetRequest, deny, useDecided } from "./queries";

type DenyDialogProps = { request: BudgetRequest; onClose: () => void };

export function DenyDialog({ request, onClose }: DenyDialogProps) {
  const m = useMessages();
  const decided = useDecided();
  const [reason, setReason] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      await deny(request.id, reason.trim());
      decided();
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={m.budgetRequests.denyTitle(request.keyName ?? request.keyId)} size="small" onClose={onClose}>
      <form className="space-y-3" onSubmit={(event) => void submit(event)}>
        <Field label={m.budgetRequests.reason} hint={m.budgetRequests.reasonHint}>
          <TextArea required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {error !== null && <DecisionFailure request={request} error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui.cancel}</Button>
          <Button type="submit" kind="danger" isBusy={isBusy} disabled={reason.trim() === ""}>
            {m.budgetRequests.deny}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
