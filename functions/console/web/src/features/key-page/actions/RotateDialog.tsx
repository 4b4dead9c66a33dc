import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Select } from "@/ui/Field";
import { SecretOnce } from "@/ui/SecretOnce";
import { Time } from "@/ui/Time";
import { rotationChange } from "../changes";
import type { KeyView } from "../queries";
import { useKeyChange } from "../useKeyChange";

const GRACES = ["0", "3600", "86400", "604800", "2592000"];
const USUAL = "86400";

/** Another secret, shown once; how long the old one stays valid is chosen before. */
export function RotateDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const messages = useMessages();
  const m = messages.keyPage.rotate;
  const { apply, conflict } = useKeyChange(shown);
  const [grace, setGrace] = useState(USUAL);
  const [issued, setIssued] = useState<Schemas["IssuedKeyView"] | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function rotate() {
    setIsBusy(true);
    setError(null);
    try {
      const answer = await apply(rotationChange(shown, Number(grace)));
      if (answer === null) onClose();
      else setIssued(answer);
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  }

  if (issued?.key) {
    return (
      <Dialog title={m.title(shown.name)} onClose={onClose}>
        <SecretOnce secret={issued.key} />
        <p className="mt-3 text-sm text-muted">
          {issued.previousSecretsValidUntil === null ? (
            m.oldEnded
          ) : (
            <>
              {m.oldUntil} <Time value={issued.previousSecretsValidUntil} />
            </>
          )}
        </p>
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {messages.ui.secret.done}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog title={m.title(shown.name)} size="small" onClose={onClose}>
      <p className="mb-3">{m.hint}</p>
      <Field label={m.grace}>
        <Select
          value={grace}
          onChange={(event) => setGrace(event.target.value)}
          options={GRACES.map((each) => [each, m.graces[each] ?? each])}
        />
      </Field>
      {error !== null && (
        <div className="mt-3">
          <ErrorNote error={error} />
        </div>
      )}
      <DialogActions>
        <Button onClick={onClose}>{messages.ui.cancel}</Button>
        <Button kind="primary" isBusy={isBusy} onClick={() => void rotate()}>
          {m.act}
        </Button>
      </DialogActions>
      {conflict}
    </Dialog>
  );
}
