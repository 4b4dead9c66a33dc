import { ArrowUpNarrowWide, Ban, Download, Gauge, RotateCcw, Tag, UserRound, X } from "lucide-react";
import { useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { useSelection } from "../list/selection";
import { BulkDialog } from "./BulkDialog";
import type { Change } from "./changes";
import { ExportDialog } from "./ExportDialog";

/** What can be done with the keys that are chosen; nothing, while none are. */
export function SelectionBar() {
  const m = useMessages().keys.bulk;
  const { can } = useSession();
  const { chosen, clear } = useSelection();
  const [kind, setKind] = useState<Change["kind"] | "export" | null>(null);
  const keys = [...chosen.values()];

  const acts = [
    { kind: "raise", icon: ArrowUpNarrowWide, needs: "updateKey" },
    { kind: "tag", icon: Tag, needs: "updateKey" },
    { kind: "owner", icon: UserRound, needs: "updateKey" },
    { kind: "priority", icon: Gauge, needs: "updateKey" },
    { kind: "export", icon: Download, needs: "listKeys" },
    { kind: "reinstate", icon: RotateCcw, needs: "reinstateKey" },
    { kind: "revoke", icon: Ban, needs: "revokeKey" },
  ] as const;
  return (
    <>
      {keys.length > 0 && (
        <section
          aria-label={m.label}
          className="sticky bottom-3 z-20 flex flex-wrap items-center gap-2 rounded-lg border border-accent bg-surface px-3 py-2 shadow-lg"
        >
          <span className="mr-1 font-semibold">{m.chosen(keys.length)}</span>
          {acts
            .filter(({ needs }) => can(needs))
            .map((act) => (
              <Button
                key={act.kind}
                size="small"
                icon={act.icon}
                kind={act.kind === "revoke" ? "danger" : "plain"}
                onClick={() => setKind(act.kind)}
              >
                {m.acts[act.kind]}
              </Button>
            ))}
          <span className="ml-auto">
            <IconButton label={m.clear} icon={X} onClick={clear} />
          </span>
        </section>
      )}
      {kind === "export" && <ExportDialog chosen={keys} onClose={() => setKind(null)} />}
      {kind !== null && kind !== "export" && <BulkDialog kind={kind} keys={keys} onClose={() => setKind(null)} />}
    </>
  );
}
