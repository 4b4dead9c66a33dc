import { useMessages } from "@/messages";
import { ConfirmByName } from "@/ui/ConfirmByName";
import { revocation } from "../changes";
import type { KeyView } from "../queries";
import { useKeyChange } from "../useKeyChange";

export function RevokeDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const m = useMessages().keyPage.revoke;
  const { apply, conflict } = useKeyChange(shown);
  return (
    <>
      <ConfirmByName
        title={m.title}
        consequence={m.consequence}
        name={shown.name}
        action={m.act}
        onConfirm={() => apply(revocation(shown))}
        onClose={onClose}
      />
      {conflict}
    </>
  );
}
