import { useCatalogModels } from "@/features/keys/snippets/queries";
import { Snippets } from "@/features/keys/snippets/Snippets";
import { useMessages } from "@/messages";
import { Dialog } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import type { KeyView } from "../queries";

/** How clients call with the key. Its secret is not known here, and stands as a placeholder. */
export function SnippetDialog({ shown, onClose }: { shown: KeyView; onClose: () => void }) {
  const m = useMessages().keyPage.snippet;
  const { models, error, refetch } = useCatalogModels(shown.allowedModels);
  return (
    <Dialog title={m.title(shown.name)} size="wide" onClose={onClose}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {error === null && models === undefined && <SkeletonRows rows={5} />}
      {models !== undefined && <Snippets secret={null} models={models} />}
    </Dialog>
  );
}
