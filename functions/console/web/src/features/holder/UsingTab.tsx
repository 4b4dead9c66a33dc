import { useKeysOwnModels } from "@/features/keys/snippets/queries";
import { Snippets } from "@/features/keys/snippets/Snippets";
import { useMessages } from "@/messages";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { EstimateForm } from "./EstimateForm";

/** How to make calls with the key, and what one would cost. */
export function UsingTab({ keyId }: { keyId: string }) {
  const m = useMessages().holder.using;
  const { models, error, refetch } = useKeysOwnModels(keyId);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (models === undefined) return <SkeletonRows />;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Section title={m.title} hint={m.hint}>
        <Snippets secret={null} models={models} />
      </Section>
      <EstimateForm models={models.map(({ name }) => name)} />
    </div>
  );
}
