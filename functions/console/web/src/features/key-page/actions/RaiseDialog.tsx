import { useMessages } from "@/messages";
import { Dialog } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { useKey, useStanding } from "../queries";
import { RaiseForm } from "./RaiseForm";

type RaiseDialogProps = {
  keyId: string;
  /** Which limit; null for the one that is used most. */
  window: string | null;
  onClose: () => void;
};

/** A higher limit in two clicks: the first amount that lets calls in is chosen already. */
export function RaiseDialog({ keyId, window, onClose }: RaiseDialogProps) {
  const m = useMessages().keyPage.raise;
  const key = useKey(keyId);
  const standing = useStanding(keyId);
  const error = key.error ?? standing.error;
  return (
    <Dialog title={m.title(key.data?.name ?? "…")} onClose={onClose}>
      {error !== null && (
        <ErrorNote error={error} onRetry={() => void Promise.all([key.refetch(), standing.refetch()])} />
      )}
      {error === null && (key.data === undefined || standing.data === undefined) && <SkeletonRows rows={5} />}
      {key.data !== undefined && standing.data !== undefined && (
        <RaiseForm shown={key.data} standing={standing.data} window={window} onDone={onClose} />
      )}
    </Dialog>
  );
}
