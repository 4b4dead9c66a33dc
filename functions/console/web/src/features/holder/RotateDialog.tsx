import { type FormEvent, useState } from "react";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Select } from "@/ui/Field";
import { NewSecret } from "./NewSecret";
import { type OwnKey, useRotation } from "./queries";

/** Gives a key below another secret; the old one works for a while, or not at all. */
export function RotateDialog({ child, onClose }: { child: OwnKey; onClose: () => void }) {
  const m = useMessages().holder.keys;
  const rotation = useRotation();
  const [grace, setGrace] = useState("3600");

  function submit(event: FormEvent) {
    event.preventDefault();
    rotation.mutate({ id: child.id, graceSeconds: Number(grace) });
  }

  if (rotation.data !== undefined) return <NewSecret name={child.name} secret={rotation.data.key} onClose={onClose} />;
  return (
    <Dialog title={m.rotateTitle(child.name)} size="small" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label={m.grace} hint={m.graceHint}>
          <Select
            value={grace}
            onChange={(event) => setGrace(event.target.value)}
            options={[
              ["0", m.graces.none],
              ["3600", m.graces.hour],
              ["86400", m.graces.day],
              ["604800", m.graces.week],
            ]}
          />
        </Field>
        {rotation.error !== null && <ErrorNote error={rotation.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={rotation.isPending}>
            {m.rotate}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
