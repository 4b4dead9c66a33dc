import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Play, TrendingUp } from "lucide-react";
import { useState } from "react";
import { ApiError } from "@/api/errors";
import { RaiseDialog } from "@/features/key-page/actions/RaiseDialog";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Select } from "@/ui/Field";
import { Money } from "@/ui/Money";
import { forgetKeys } from "../list/queries";
import type { CallableModel } from "../snippets/models";
import { type Answered, call } from "./call";

/** What a higher limit of the key itself is the answer to. */
const MENDED_BY_RAISING: ReadonlySet<string> = new Set([
  "budget_exhausted",
  "quota_exhausted",
  "request_exceeds_budget",
]);

type FirstCallProps = {
  keyId: string;
  secret: string;
  /** What the key may call, the one to begin with first. */
  models: readonly CallableModel[];
};

/** A small call with a key from the page, so that one sees it pass, and what it costs; or why it is refused. */
export function FirstCall({ keyId, secret, models }: FirstCallProps) {
  const m = useMessages().keys.firstCall;
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [error, setError] = useState<unknown>(null);
  const model = models.find(({ name }) => name === chosen) ?? models[0];
  if (model === undefined) return <p className="text-sm text-warn">{m.noModel}</p>;

  async function send(asked: CallableModel) {
    setIsBusy(true);
    setAnswered(null);
    setError(null);
    try {
      setAnswered(await call(secret, asked));
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
      // What the key has used, and whether it still passes, is shown in the list behind.
      forgetKeys(queries);
    }
  }

  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-end gap-3">
        <Field label={m.model} className="min-w-48 flex-1 sm:max-w-sm">
          <Select
            options={models.map(({ name }) => [name, name])}
            value={model.name}
            onChange={(event) => setChosen(event.target.value)}
          />
        </Field>
        <Button kind="primary" icon={Play} isBusy={isBusy} onClick={() => void send(model)}>
          {m.send}
        </Button>
      </div>
      {answered !== null && <Answer answered={answered} asked={model} />}
      {error !== null && <Refusal keyId={keyId} error={error} />}
    </div>
  );
}

function Answer({ answered, asked }: { answered: Answered; asked: CallableModel }) {
  const m = useMessages().keys.firstCall;
  const { text, cost, remaining, model, requestId } = answered;
  return (
    <div role="status" className="rounded border border-good/40 bg-good-soft px-3 py-2.5">
      <p className="flex items-center gap-2 font-semibold text-good">
        <CircleCheck size={16} aria-hidden />
        {m.passed}
      </p>
      <blockquote className="mt-1.5 break-words">{text === "" ? m.noText : text}</blockquote>
      <dl className="mt-2 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {cost !== null && (
          <div>
            <dt className="inline text-muted">{m.cost}</dt>{" "}
            <dd className="inline">
              <Money value={cost} />
            </dd>
          </div>
        )}
        {remaining !== null && (
          <div>
            <dt className="inline text-muted">{m.remaining}</dt>{" "}
            <dd className="inline">
              <Money value={remaining} />
            </dd>
          </div>
        )}
        <div>
          <dt className="inline text-muted">{m.answeredBy}</dt>{" "}
          <dd className="inline">{model === asked.name ? model : m.insteadOf(model, asked.name)}</dd>
        </div>
        {requestId !== null && (
          <div>
            <dt className="inline text-muted">{m.request}</dt> <dd className="inline font-mono text-xs">{requestId}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

/** What refused the call in the API's words, and what one can do about it in ours. */
function Refusal({ keyId, error }: { keyId: string; error: unknown }) {
  const m = useMessages().keys.firstCall;
  const [isRaising, setIsRaising] = useState(false);
  const code = error instanceof ApiError ? (error.code ?? "") : "";
  const hint = m.hints[code];
  return (
    <div className="space-y-2">
      <ErrorNote error={error} />
      {hint !== undefined && <p className="text-sm">{hint}</p>}
      {MENDED_BY_RAISING.has(code) && (
        <Button icon={TrendingUp} onClick={() => setIsRaising(true)}>
          {m.raise}
        </Button>
      )}
      {isRaising && <RaiseDialog keyId={keyId} window={null} onClose={() => setIsRaising(false)} />}
    </div>
  );
}
