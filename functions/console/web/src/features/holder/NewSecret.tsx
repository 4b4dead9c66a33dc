import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Code } from "@/ui/Copy";
import { Dialog, DialogActions } from "@/ui/Dialog";

/** A secret, which nobody can see again. */
export function NewSecret({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const m = useMessages().holder.keys;
  return (
    <Dialog title={m.secretTitle(name)} onClose={onClose}>
      <div className="space-y-3">
        <p>{m.secretHint}</p>
        <Code text={secret} />
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {m.secretDone}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
