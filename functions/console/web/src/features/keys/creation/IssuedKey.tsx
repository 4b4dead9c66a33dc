import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { SecretOnce } from "@/ui/SecretOnce";
import { FirstCall } from "../first-call/FirstCall";
import { useKeysOwnModels } from "../snippets/queries";
import { Snippets } from "../snippets/Snippets";
import { LeavingSecret } from "./LeavingSecret";

type IssuedKeyProps = { issued: Schemas["IssuedKeyView"] & { key: string }; onDone: () => void };

/** A key that was just made: its secret this once, a first call, and how to call from each client. */
export function IssuedKey({ issued, onDone }: IssuedKeyProps) {
  const m = useMessages().keys;
  const isKept = useRef(false);
  const { models, error, refetch } = useKeysOwnModels(issued.id, issued.key);
  const keep = () => {
    isKept.current = true;
  };
  return (
    // Whatever is copied here by hand is the secret, or has it in it.
    <div className="space-y-7" onCopy={keep}>
      <SecretOnce secret={issued.key} onCopied={keep} />
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {models === undefined && error === null && <SkeletonRows rows={4} />}
      {models !== undefined && (
        <>
          <section>
            <h3 className="text-lg font-semibold">{m.firstCall.title}</h3>
            <p className="mb-3 text-sm text-muted">{m.firstCall.hint}</p>
            <FirstCall keyId={issued.id} secret={issued.key} models={models} />
          </section>
          <section>
            <h3 className="text-lg font-semibold">{m.creation.useIt}</h3>
            <p className="mb-3 text-sm text-muted">{m.creation.useItHint}</p>
            <Snippets secret={issued.key} models={models} />
          </section>
        </>
      )}
      <DialogActions>
        <KeyLink id={issued.id} />
        <Button
          kind="primary"
          onClick={() => {
            keep();
            onDone();
          }}
        >
          {m.creation.done}
        </Button>
      </DialogActions>
      <LeavingSecret isKept={() => isKept.current} />
    </div>
  );
}

/** Told when the external id is that of a key that is there already, and is as it was to be: none was made. */
export function ExistingKey({ issued }: { issued: Schemas["IssuedKeyView"] }) {
  const m = useMessages().keys.creation;
  return (
    <div className="space-y-3">
      <p>{m.exists(issued.externalId ?? "")}</p>
      <KeyLink id={issued.id} />
    </div>
  );
}

function KeyLink({ id }: { id: string }) {
  const m = useMessages().keys.creation;
  return (
    <Link to="/keys/$keyId" params={{ keyId: id }} className="px-3 py-1.5 text-accent underline">
      {m.openKey}
    </Link>
  );
}
