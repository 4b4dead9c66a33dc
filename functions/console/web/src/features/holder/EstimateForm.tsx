import { Ban, Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { ClientSchemas } from "@/api/client";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input, Select, TextArea } from "@/ui/Field";
import { Count, Money } from "@/ui/Money";
import { Section } from "@/ui/Page";
import { useEstimate } from "./queries";

/** What a call would cost at most, and whether it would be let through now; it isn't made. */
export function EstimateForm({ models }: { models: string[] }) {
  const m = useMessages().holder.estimate;
  const estimate = useEstimate();
  const [model, setModel] = useState(models[0] ?? "");
  const [prompt, setPrompt] = useState("");
  const [maxTokens, setMaxTokens] = useState("1000");

  function submit(event: FormEvent) {
    event.preventDefault();
    const limit = maxTokens === "" ? {} : { max_tokens: Number(maxTokens) };
    estimate.mutate({ model, ...limit, messages: [{ role: "user", content: prompt }] });
  }

  return (
    <Section title={m.title} hint={m.hint}>
      <form onSubmit={submit} className="space-y-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={m.model}>
            <Select
              value={model}
              onChange={(event) => setModel(event.target.value)}
              options={models.map((each) => [each, each] as const)}
            />
          </Field>
          <Field label={m.maxTokens}>
            <Input type="number" min={1} value={maxTokens} onChange={(event) => setMaxTokens(event.target.value)} />
          </Field>
        </div>
        <Field label={m.prompt}>
          <TextArea required rows={4} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        </Field>
        <Button type="submit" isBusy={estimate.isPending} disabled={model === ""}>
          {m.submit}
        </Button>
      </form>
      <div role="status" className="mt-4">
        {estimate.error !== null && <ErrorNote error={estimate.error} />}
        {estimate.data !== undefined && <Outcome estimate={estimate.data} />}
      </div>
    </Section>
  );
}

function Outcome({ estimate }: { estimate: ClientSchemas["Estimate"] }) {
  const m = useMessages().holder;
  return (
    <div className="space-y-2">
      <p className="flex flex-wrap items-center gap-2">
        <span className="text-xl font-semibold">
          <Money value={estimate.maxCost} />
        </span>
        <span className="text-muted">{m.estimate.atMost}</span>
        {estimate.admitted ? (
          <Badge tone="good" icon={Check}>
            {m.estimate.admitted}
          </Badge>
        ) : (
          <Badge tone="bad" icon={Ban}>
            {m.estimate.refused}
          </Badge>
        )}
      </p>
      {estimate.refusal !== null && <p className="break-words">{estimate.refusal.error.message}</p>}
      <p className="text-sm text-muted">
        <Count value={estimate.inputTokens} /> {m.estimate.inputTokens} · <Count value={estimate.outputTokens} />{" "}
        {m.estimate.outputTokens}
        {estimate.downgradedFrom !== null && ` · ${m.estimate.downgraded(estimate.model)}`}
      </p>
      <ul className="text-sm text-muted">
        {estimate.budgets.map(({ window, remainingAfter }) => (
          <li key={window}>
            {m.windows[window] ?? window}: <Money value={remainingAfter} /> {m.estimate.remainsAfter}
          </li>
        ))}
      </ul>
    </div>
  );
}
