import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { SecretOnce } from "@/ui/SecretOnce";

/** A secret, which nobody can see again. */
export function NewSecret({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const m = useMessages();
  return (
    <Dialog title={m.holder.keys.secretTitle(name)} onClose={onClose}>
      <div className="space-y-3">
        <SecretOnce secret={secret} />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {m.ui.secret.done}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
