import { useState } from "react";
import type { Schemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Dialog } from "@/ui/Dialog";
import { ExistingKey, IssuedKey } from "./IssuedKey";
import { NewKeyForm } from "./NewKeyForm";

type NewKeyDialogProps = { under: string | null; onClose: () => void };

/** From what a key shall be to its first call. */
export function NewKeyDialog({ under, onClose }: NewKeyDialogProps) {
  const m = useMessages().keys.creation;
  const [issued, setIssued] = useState<Schemas["IssuedKeyView"] | null>(null);

  if (issued === null) {
    return (
      <Dialog title={m.title} place="side" size="normal" onClose={onClose}>
        <NewKeyForm under={under} onCreated={setIssued} onCancel={onClose} />
      </Dialog>
    );
  }
  const { key } = issued;
  return (
    <Dialog title={<bdi>{issued.name}</bdi>} place="side" size="wide" onClose={onClose}>
      {key === null ? <ExistingKey issued={issued} /> : <IssuedKey issued={{ ...issued, key }} onDone={onClose} />}
    </Dialog>
  );
}
