import { useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { reinstatement, withoutExpiry } from "../changes";
import { type KeyView, useKey } from "../queries";
import { useKeyChange } from "../useKeyChange";

type Remedy = "reinstate" | "unexpire";
type MendDialogProps = { keyId: string; remedy: Remedy; onClose: () => void };

/** Takes back that a key is out of force, be it the page's key or one above it. */
export function MendDialog({ keyId, remedy, onClose }: MendDialogProps) {
  const m = useMessages().keyPage.refusals.remedies;
  const key = useKey(keyId);
  return (
    <Dialog title={m[remedy]} size="small" onClose={onClose}>
      {key.error !== null && <ErrorNote error={key.error} onRetry={() => void key.refetch()} />}
      {key.isPending && <SkeletonRows rows={2} />}
      {key.data !== undefined && <Confirmation shown={key.data} remedy={remedy} onClose={onClose} />}
    </Dialog>
  );
}

function Confirmation({ shown, remedy, onClose }: { shown: KeyView; remedy: Remedy; onClose: () => void }) {
  const m = useMessages();
  const { apply, conflict } = useKeyChange(shown);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function mend() {
    setIsBusy(true);
    setError(null);
    try {
      await apply(remedy === "reinstate" ? reinstatement(shown) : withoutExpiry(shown));
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <>
      <p className="break-words">{m.keyPage.mend[remedy](shown.name)}</p>
      {error !== null && <ErrorNote error={error} />}
      <DialogActions>
        <Button onClick={onClose}>{m.ui.cancel}</Button>
        <Button kind="primary" isBusy={isBusy} onClick={() => void mend()}>
          {m.keyPage.refusals.remedies[remedy]}
        </Button>
      </DialogActions>
      {conflict}
    </>
  );
}
