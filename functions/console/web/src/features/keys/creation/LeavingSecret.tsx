import { useBlocker } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";

/** Asks before a secret that nobody has copied goes out of sight for good. */
export function LeavingSecret({ isKept }: { isKept: () => boolean }) {
  const m = useMessages().keys.creation.leaving;
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => !isKept(),
    enableBeforeUnload: () => !isKept(),
    withResolver: true,
  });
  if (status !== "blocked") return null;
  return (
    <Dialog title={m.title} size="small" onClose={reset}>
      <p>{m.hint}</p>
      <DialogActions>
        <Button kind="danger" onClick={proceed}>
          {m.leave}
        </Button>
        <Button kind="primary" onClick={reset}>
          {m.stay}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
