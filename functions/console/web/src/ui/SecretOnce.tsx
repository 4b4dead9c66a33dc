import { TriangleAlert } from "lucide-react";
import { useMessages } from "@/messages";
import { CopyButton } from "./Copy";

/** A key's secret, the one time that it is shown: to be copied now. */
export function SecretOnce({ secret, onCopied }: { secret: string; onCopied?: () => void }) {
  const m = useMessages().ui.secret;
  return (
    <section className="rounded-lg border border-warn/50 bg-warn-soft p-3">
      <h3 className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden className="shrink-0 text-warn" />
        {m.copyNow}
      </h3>
      <p className="mt-0.5 text-sm">{m.hint}</p>
      <div className="mt-2.5 flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 basis-64 rounded border border-line bg-surface px-2.5 py-1.5 text-sm break-all select-all">
          {secret}
        </code>
        <CopyButton text={secret} label={m.copy} onCopied={onCopied} />
      </div>
    </section>
  );
}
