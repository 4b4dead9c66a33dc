import { STACK_URL } from "@/app/base";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Dialog, DialogActions } from "@/ui/Dialog";
import type { IssuedAdmin } from "./queries";

/** An admin's new token, this once. */
export function NewToken({ admin, onClose }: { admin: IssuedAdmin; onClose: () => void }) {
  const m = useMessages();
  return (
    <Dialog title={m.admins.tokenTitle(admin.name)} onClose={onClose}>
      <div className="space-y-3">
        <p>{m.admins.tokenOnce}</p>
        <Code text={admin.token} />
        <p className="text-sm text-muted">{m.admins.tokenUse}</p>
        <Code text={`${STACK_URL}/console`} />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {m.admins.tokenDone}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
