import { type FormEvent, type ReactNode, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "./Button";
import { Dialog, DialogActions } from "./Dialog";
import { ErrorNote } from "./ErrorNote";
import { Field, Input } from "./Field";

type ConfirmByNameProps = {
  title: ReactNode;
  /** What will happen, and that it can't be undone if so. */
  consequence: ReactNode;
  /** What one has to type. */
  name: string;
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
};

/** Asks before what destroys something: by its name, so that nobody confirms out of habit. Closes when it is done. */
export function ConfirmByName({ title, consequence, name, action, onConfirm, onClose }: ConfirmByNameProps) {
  const m = useMessages().ui;
  const [typed, setTyped] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function confirm(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setIsBusy(false);
    }
  }

  return (
    <Dialog title={title} size="small" onClose={onClose}>
      <form onSubmit={(event) => void confirm(event)} className="space-y-3">
        <div className="text-base">{consequence}</div>
        <Field label={m.confirm.typeName(name)}>
          <Input
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.cancel}</Button>
          <Button type="submit" kind="danger" disabled={typed.trim() !== name.trim()} isBusy={isBusy}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
