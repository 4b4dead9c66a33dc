import { useRef } from "react";
import { useMessages } from "@/messages";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { Dialog } from "@/ui/Dialog";
import type { ListedKey } from "../list/queries";
import { BulkRun } from "./BulkRun";
import { ChangeForm } from "./ChangeForm";
import type { Change } from "./changes";
import { useBulk } from "./useBulk";

type BulkDialogProps = { kind: Change["kind"]; keys: readonly ListedKey[]; onClose: () => void };

/** Asks what is to be done with several keys, does it one by one, and says what became of each. */
export function BulkDialog({ kind, keys, onClose }: BulkDialogProps) {
  const m = useMessages().keys.bulk;
  const bulk = useBulk();
  const start = (change: Change) => bulk.start(change, keys);

  if (bulk.run !== null) return <BulkRun bulk={bulk} run={bulk.run} onClose={onClose} />;
  if (kind === "revoke") return <ConfirmRevocation keys={keys} onConfirm={() => start({ kind })} onClose={onClose} />;
  return (
    <Dialog title={m.titles[kind](keys.length)} size="small" onClose={onClose}>
      <ChangeForm kind={kind} count={keys.length} onSubmit={start} onCancel={onClose} />
    </Dialog>
  );
}

type ConfirmRevocationProps = { keys: readonly ListedKey[]; onConfirm: () => void; onClose: () => void };

/** One key is confirmed by its name, several by their number. */
function ConfirmRevocation({ keys, onConfirm, onClose }: ConfirmRevocationProps) {
  const m = useMessages().keys.bulk;
  const [first] = keys;
  const isConfirmed = useRef(false);
  return (
    <ConfirmByName
      title={m.titles.revoke(keys.length)}
      consequence={
        <>
          <p>{m.revocation}</p>
          <ul className="mt-2 max-h-40 list-disc overflow-y-auto pl-5 text-sm">
            {keys.map(({ id, name }) => (
              <li key={id} className="break-words">
                <bdi>{name}</bdi>
              </li>
            ))}
          </ul>
        </>
      }
      name={keys.length === 1 && first !== undefined ? first.name : String(keys.length)}
      action={m.acts.revoke}
      onConfirm={async () => {
        isConfirmed.current = true;
      }}
      onClose={() => (isConfirmed.current ? onConfirm() : onClose())}
    />
  );
}
