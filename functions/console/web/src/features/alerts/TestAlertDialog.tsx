import { useState } from "react";
import { ApiError } from "@/api/errors";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input } from "@/ui/Field";
import { useTestAlert } from "./queries";

/** Sends what a threshold of a key would send, to whom that would tell. */
export function TestAlertDialog({ keyId: given, onClose }: { keyId?: string; onClose: () => void }) {
  const m = useMessages().alerts.test;
  const [keyId, setKeyId] = useState(given ?? null);
  const [percent, setPercent] = useState("");
  const { mutate, isPending, error, data } = useTestAlert();
  const wrong = error instanceof ApiError ? error : null;

  return (
    <Dialog title={m.title} size="small" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (keyId !== null) mutate({ keyId, percent: percent.trim() === "" ? null : Number(percent) });
        }}
      >
        <p className="mb-3 text-sm text-muted">{m.hint}</p>
        <div className="space-y-3">
          <Field label={m.key} error={wrong?.of("keyId")}>
            <KeyPicker value={keyId} onChange={setKeyId} />
          </Field>
          <Field label={m.percent} hint={m.percentHint} error={wrong?.of("percent")}>
            <Input inputMode="numeric" value={percent} onChange={(event) => setPercent(event.target.value)} />
          </Field>
        </div>
        <div className="mt-3" aria-live="polite">
          {error !== null && <ErrorNote error={error} />}
          {data !== undefined && error === null && (
            <p className="text-good">{m.sent(data.deliveries.map(({ address }) => address ?? m.topic).join(", "))}</p>
          )}
        </div>
        <DialogActions>
          <Button onClick={onClose}>{m.close}</Button>
          <Button type="submit" kind="primary" isBusy={isPending} disabled={keyId === null}>
            {m.send}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
