import { Link } from "@tanstack/react-router";
import { Ban, CircleCheck } from "lucide-react";
import { type ReactNode, useState } from "react";
import { KeyPicker } from "@/features/key-settings/parts/KeyPicker";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ErrorNote } from "@/ui/ErrorNote";
import { Skeleton } from "@/ui/Feedback";
import { Field, Input, Select } from "@/ui/Field";
import { Money } from "@/ui/Money";
import { Time } from "@/ui/Time";
import { type Admission, type AdmissionAsked, useAdmission, useModelNames } from "./queries";

type AdmissionCheckProps = {
  /** The one key that is asked about. */
  keyId?: string;
  /** The key that is chosen at first, where there is no one key. */
  initialKeyId?: string;
};

/** Whether a call would be let in now, and if not, which key refuses it why. */
export function AdmissionCheck({ keyId: given, initialKeyId }: AdmissionCheckProps) {
  const m = useMessages().requests.admission;
  const models = [...useModelNames().values()];
  const [keyId, setKeyId] = useState(given ?? initialKeyId ?? null);
  const [model, setModel] = useState("");
  const [input, setInput] = useState("1000");
  const [output, setOutput] = useState("500");
  const [asked, setAsked] = useState<AdmissionAsked | null>(null);
  const { data, error, isFetching, refetch } = useAdmission(asked);

  function ask() {
    if (keyId === null) return;
    const wanted: AdmissionAsked =
      model === "" ? { keyId } : { keyId, model, inputTokens: Number(input) || 0, outputTokens: Number(output) || 0 };
    if (JSON.stringify(wanted) === JSON.stringify(asked)) void refetch();
    else setAsked(wanted);
  }

  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {given === undefined && (
          <Field label={m.key} className="col-span-2">
            <KeyPicker value={keyId} onChange={setKeyId} />
          </Field>
        )}
        <Field label={m.model} className="col-span-2">
          <Select
            value={model}
            options={[["", m.anyModel], ...models.map((name) => [name, name] as const)]}
            onChange={(event) => setModel(event.target.value)}
          />
        </Field>
        {model !== "" && (
          <>
            <Field label={m.inputTokens}>
              <Input inputMode="numeric" value={input} onChange={(event) => setInput(event.target.value)} />
            </Field>
            <Field label={m.outputTokens}>
              <Input inputMode="numeric" value={output} onChange={(event) => setOutput(event.target.value)} />
            </Field>
          </>
        )}
      </div>
      <Button type="submit" kind="primary" disabled={keyId === null} isBusy={isFetching}>
        {m.ask}
      </Button>
      <div aria-live="polite">
        {error !== null && <ErrorNote error={error} />}
        {error === null &&
          asked !== null &&
          (data === undefined ? <Skeleton className="h-16" /> : <Told told={data} />)}
      </div>
    </form>
  );
}

function Told({ told }: { told: Admission }) {
  const m = useMessages().requests.admission;
  if (told.refusal === null) {
    return (
      <Note icon={<CircleCheck size={17} aria-hidden className="mt-0.5 shrink-0 text-good" />} tone="good">
        <p className="font-medium">{told.model === null ? m.admitsAny : m.admits}</p>
        <p className="text-sm">
          {told.model !== null && (
            <>
              {m.mayCost} <Money value={told.maxCost} />.{" "}
            </>
          )}
          {told.servedBy !== null && m.servedBy(told.servedBy)}
        </p>
      </Note>
    );
  }
  return <RefusalNote refusal={told.refusal} isEveryCall={told.model === null} />;
}

/** Which key refuses a call, why, and what helps. */
function RefusalNote({ refusal, isEveryCall }: { refusal: NonNullable<Admission["refusal"]>; isEveryCall: boolean }) {
  const m = useMessages().requests.admission;
  const { shortage } = refusal;
  return (
    <Note icon={<Ban size={17} aria-hidden className="mt-0.5 shrink-0 text-bad" />} tone="bad">
      <p className="font-medium">
        {isEveryCall ? m.refusesEvery : m.refuses}{" "}
        {m.reasons[refusal.reason as keyof typeof m.reasons] ?? refusal.reason}
      </p>
      <p className="text-sm">
        {m.by}{" "}
        <Link to="/keys/$keyId" params={{ keyId: refusal.keyId }} className="font-medium underline">
          {refusal.keyName}
        </Link>
        {shortage !== null && (
          <>
            {" · "}
            {m.windows[shortage.window as keyof typeof m.windows] ?? shortage.window}: <Money value={shortage.used} />
            {" / "}
            <Money value={shortage.allowance} />
            {shortage.resetsAt !== null && (
              <>
                {" · "}
                {m.resets} <Time value={shortage.resetsAt} />
              </>
            )}
          </>
        )}
      </p>
      <details className="text-sm">
        <summary className="text-muted">{m.whatCallersSee}</summary>
        <p className="mt-1 break-words">{refusal.message}</p>
      </details>
    </Note>
  );
}

function Note({ icon, tone, children }: { icon: ReactNode; tone: "good" | "bad"; children: ReactNode }) {
  return (
    <div
      className={
        tone === "good"
          ? "flex gap-2.5 rounded border border-good/40 bg-good-soft px-3 py-2.5"
          : "flex gap-2.5 rounded border border-bad/40 bg-bad-soft px-3 py-2.5"
      }
    >
      {icon}
      <div className="min-w-0 space-y-1">{children}</div>
    </div>
  );
}
