import { CLIENT_URL } from "@/app/base";
import { useMessages } from "@/messages";
import { Code } from "@/ui/Copy";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { Section } from "@/ui/Page";
import { EstimateForm } from "./EstimateForm";
import { useModels } from "./queries";

/** How to make calls with the key, and what one would cost. */
export function UsingTab() {
  const m = useMessages().holder.using;
  const models = useModels();
  if (models.error !== null) return <ErrorNote error={models.error} onRetry={() => void models.refetch()} />;
  if (models.data === undefined) return <SkeletonRows />;
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Section title={m.title} hint={m.hint}>
        <Code text={firstCall(models.data[0] ?? "MODEL")} />
        <h3 className="mt-4 mb-1.5 text-sm font-medium text-muted">{m.models}</h3>
        <ul className="flex flex-wrap gap-x-3 gap-y-1 font-mono text-sm">
          {models.data.map((model) => (
            <li key={model}>{model}</li>
          ))}
        </ul>
      </Section>
      <EstimateForm models={models.data} />
    </div>
  );
}

function firstCall(model: string): string {
  return `export TOLLGATE_KEY=sk-tg-...
curl ${CLIENT_URL}/chat/completions \\
  -H "Authorization: Bearer $TOLLGATE_KEY" -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Hello"}]}'`;
}
