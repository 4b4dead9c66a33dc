import { useBlocker } from "@tanstack/react-router";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";

/** Asks before the page is left while something on it isn't saved. */
export function UnsavedChanges({ exist }: { exist: boolean }) {
  const m = useMessages().keySettings.leave;
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => exist,
    enableBeforeUnload: () => exist,
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
