import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { CopyButton } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { FirstCall } from "../first-call/FirstCall";
import { useKeysOwnModels } from "../snippets/queries";
import { Snippets } from "../snippets/Snippets";

type IssuedKeyProps = { issued: Schemas["IssuedKeyView"] & { key: string } };

/** A key that was just made: its secret this once, a first call, and how to call from each client. */
export function IssuedKey({ issued }: IssuedKeyProps) {
  const m = useMessages().keys;
  const { models, error, refetch } = useKeysOwnModels(issued.id, issued.key);
  return (
    <div className="space-y-7">
      <SecretOnce secret={issued.key} />
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {models === undefined && error === null && <SkeletonRows rows={4} />}
      {models !== undefined && (
        <>
          <section>
            <h3 className="text-lg font-semibold">{m.firstCall.title}</h3>
            <p className="mb-3 text-sm text-muted">{m.firstCall.hint}</p>
            <FirstCall secret={issued.key} models={models} />
          </section>
          <section>
            <h3 className="text-lg font-semibold">{m.creation.useIt}</h3>
            <p className="mb-3 text-sm text-muted">{m.creation.useItHint}</p>
            <Snippets secret={issued.key} models={models} />
          </section>
        </>
      )}
      <p>
        <Link to="/keys/$keyId" params={{ keyId: issued.id }} className="text-accent underline">
          {m.creation.openKey}
        </Link>
      </p>
    </div>
  );
}

/** A secret as it is shown the one time that it is: to be copied now. */
export function SecretOnce({ secret }: { secret: string }) {
  const m = useMessages().keys.creation;
  return (
    <section className="rounded-lg border border-warn/50 bg-warn-soft p-3">
      <h3 className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
        {m.copyNow}
      </h3>
      <p className="mt-0.5 text-sm">{m.copyNowHint}</p>
      <div className="mt-2.5 flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 basis-64 rounded border border-line bg-surface px-2.5 py-1.5 text-sm break-all select-all">
          {secret}
        </code>
        <CopyButton text={secret} label={m.copySecret} />
      </div>
    </section>
  );
}
