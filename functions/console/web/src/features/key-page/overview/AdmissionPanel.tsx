import { Ban, Check } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { useMessages } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Field, Input } from "@/ui/Field";
import { formatUsd } from "@/ui/money";
import { Section } from "@/ui/Page";
import { type KeyStanding, type KeyView, useAdmission, useModelNames } from "../queries";
import { refusalOf } from "../states";
import { RefusalList } from "./RefusalList";

/** Asks whether a call of a model would pass; the answer stays up to date while the page is open. */
export function AdmissionPanel({ shown, standing }: { shown: KeyView; standing: KeyStanding }) {
  const m = useMessages().keyPage.admission;
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  const names = useModelNames(typed);
  const listId = useId();
  const offered = (names.data ?? []).filter((name) => shown.allowedModels?.includes(name) ?? true);

  function ask(event: FormEvent) {
    event.preventDefault();
    setAsked(typed.trim());
  }

  return (
    <Section title={m.title} hint={m.hint}>
      <form onSubmit={ask} className="flex items-end gap-2">
        <Field label={m.model} className="flex-1">
          <Input
            list={listId}
            value={typed}
            placeholder={m.placeholder}
            required
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        <datalist id={listId}>
          {offered.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button type="submit">{m.ask}</Button>
      </form>
      {asked !== null && <Answer keyId={shown.id} model={asked} standing={standing} />}
    </Section>
  );
}

function Answer({ keyId, model, standing }: { keyId: string; model: string; standing: KeyStanding }) {
  const m = useMessages().keyPage.admission;
  const { data, error, refetch } = useAdmission(keyId, model);
  if (error !== null) {
    return (
      <div className="mt-3">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (data === undefined) return <Skeleton className="mt-3 h-10 w-full" />;
  return (
    <div role="status" className="mt-3">
      <Badge tone={data.admitted ? "good" : "bad"} icon={data.admitted ? Check : Ban}>
        {model}
      </Badge>{" "}
      <span className="font-medium">{data.admitted ? m.yes : m.no}</span>{" "}
      {data.servedBy !== null && <span>{m.servedBy(data.servedBy)}</span>}{" "}
      {data.admitted && <span className="text-muted">{m.cost(formatUsd(data.maxCost))}</span>}
      {data.refusal !== null && (
        <RefusalList keyId={keyId} refusals={[refusalOf(data.refusal, data.at)]} standing={standing} />
      )}
    </div>
  );
}
