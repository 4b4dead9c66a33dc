import { type FormEvent, useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { type Admin, type IssuedAdmin, rotateToken } from "./queries";

type RotateTokenProps = { admin: Admin; onRotated: (issued: IssuedAdmin) => void; onClose: () => void };

/** Gives an admin another token. One's own session goes on with the new one, which is needed to see it. */
export function RotateToken({ admin, onRotated, onClose }: RotateTokenProps) {
  const m = useMessages();
  const { viewer, isKept, signIn } = useSession();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isOwn = viewer?.kind === "admin" && viewer.id === admin.id;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      const issued = await rotateToken(admin);
      if (viewer !== null && isOwn) signIn(viewer, issued.token, isKept);
      onRotated(issued);
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={m.admins.rotateTitle(admin.name)} size="small" onClose={onClose}>
      <form className="space-y-3" onSubmit={(event) => void submit(event)}>
        <p>{isOwn ? m.admins.rotateOwn : m.admins.rotateConsequence}</p>
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui.cancel}</Button>
          <Button type="submit" kind="danger" isBusy={isBusy}>
            {m.admins.rotate}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
