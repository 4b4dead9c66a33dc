import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field } from "@/ui/Field";
import type { KeyView } from "./draft";
import { KeyPicker } from "./parts/KeyPicker";
import { moveKey } from "./queries";

type MoveKeyProps = { apiKey: KeyView; parent: KeyView | null; onMoved: (moved: KeyView) => void };

/** The key's parent, and the way to another one: by itself, because all else has to fit it. */
export function MoveKey({ apiKey, parent, onMoved }: MoveKeyProps) {
  const m = useMessages().keySettings;
  const { can } = useSession();
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <span className="text-muted">{m.fields.parentId.label}:</span>
      {parent === null ? (
        <span>{m.parent.none}</span>
      ) : (
        <Link to="/keys/$keyId" params={{ keyId: parent.id }} className="min-w-0 break-words text-accent underline">
          {parent.name}
        </Link>
      )}
      {can("updateKey") && (
        <Button size="small" onClick={() => setIsOpen(true)}>
          {m.parent.move}
        </Button>
      )}
      {isOpen && <MoveDialog apiKey={apiKey} onMoved={onMoved} onClose={() => setIsOpen(false)} />}
    </div>
  );
}

type MoveDialogProps = { apiKey: KeyView; onMoved: (moved: KeyView) => void; onClose: () => void };

/** Asks where a key is to be moved, and moves it. */
function MoveDialog({ apiKey, onMoved, onClose }: MoveDialogProps) {
  const m = useMessages();
  const queries = useQueryClient();
  const [parentId, setParentId] = useState(apiKey.parentId);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    // React passes it on to the form around the dialog.
    event.stopPropagation();
    setIsBusy(true);
    setError(null);
    try {
      onMoved(await moveKey(apiKey, parentId));
      void queries.invalidateQueries({ queryKey: ["keys"] });
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={m.keySettings.parent.moveTitle(apiKey.name)} onClose={onClose}>
      <form className="space-y-3" onSubmit={(event) => void submit(event)}>
        <p className="text-sm text-muted">{m.keySettings.parent.moveHint}</p>
        <Field
          label={m.keySettings.fields.parentId.label}
          hint={parentId === null ? m.keySettings.parent.none : undefined}
        >
          <KeyPicker value={parentId} onChange={setParentId} except={[apiKey.id]} />
        </Field>
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy} disabled={parentId === apiKey.parentId}>
            {m.keySettings.parent.move}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
