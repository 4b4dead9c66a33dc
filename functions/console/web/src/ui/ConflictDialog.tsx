import { useMessages } from "@/messages";
import { Button } from "./Button";
import { Dialog, DialogActions } from "./Dialog";
import { Diff } from "./Diff";

type ConflictDialogProps = {
  /** What the viewer wanted the fields to be. */
  mine: object;
  /** The same fields as they are now. */
  theirs: object;
  onTakeTheirs: () => void;
  onOverwrite: () => void;
};

/** Told when an edit meets a newer revision: what differs, and the choice. */
export function ConflictDialog({ mine, theirs, onTakeTheirs, onOverwrite }: ConflictDialogProps) {
  const m = useMessages().ui.conflict;
  return (
    <Dialog title={m.title} onClose={onTakeTheirs}>
      <p className="mb-3">{m.hint}</p>
      <Diff before={theirs} after={mine} beforeLabel={m.theirs} afterLabel={m.yours} />
      <DialogActions>
        <Button onClick={onTakeTheirs}>{m.reload}</Button>
        <Button kind="primary" onClick={onOverwrite}>
          {m.overwrite}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
