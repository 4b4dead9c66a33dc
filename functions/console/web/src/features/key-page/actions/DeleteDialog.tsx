import { useNavigate } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { deletion } from "../changes";
import type { KeyView } from "../queries";
import { useKeyChange } from "../useKeyChange";

/** Deletes a key that was never used. What stands against it is said before anybody types anything. */
export function DeleteDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const messages = useMessages();
  const m = messages.keyPage.delete;
  const navigate = useNavigate();
  const { apply, conflict } = useKeyChange(shown);
  if (shown.lastUsedAt !== null || shown.requestsOpen > 0) {
    return (
      <Dialog title={m.title} size="small" onClose={onClose}>
        <p>{m.used}</p>
        <DialogActions>
          <Button onClick={onClose}>{messages.ui.close}</Button>
        </DialogActions>
      </Dialog>
    );
  }

  async function confirm() {
    const deleted = await apply(deletion(shown));
    if (deleted !== null) await navigate({ to: "/keys" });
  }

  return (
    <>
      <ConfirmByName
        title={m.title}
        consequence={
          <>
            <p>{m.consequence}</p>
            <p className="mt-1 text-muted">{m.children}</p>
          </>
        }
        name={shown.name}
        action={m.act}
        onConfirm={confirm}
        onClose={onClose}
      />
      {conflict}
    </>
  );
}
