import { type FormEvent, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { lastDays } from "@/ui/days";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input, Select } from "@/ui/Field";
import { useGuardedEdit } from "./guardedEdit";
import { PriceFields } from "./PriceFields";
import { changesOf, draftOf, type Faults, faultsOf } from "./priceForm";
import type { Model, ModelEdit, WhatIfQuestion } from "./queries";
import { useReportingZone } from "./reportingZone";
import { SpanField } from "./WhatIf";
import { WhatIfResult } from "./WhatIfResult";

/** A new version of a model's price, at once or from a moment on, with what it would have changed. */
export function PriceDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const m = useMessages().models;
  const before = useMemo(() => draftOf(model), [model]);
  const [draft, setDraft] = useState(before);
  const [from, setFrom] = useState<string | null>(null);
  const [source, setSource] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const [isUnchanged, setIsUnchanged] = useState(false);
  const { submit, isBusy, error, conflict } = useGuardedEdit(model, onClose);

  const errorOf = (path: string) => {
    const fault = faults[path];
    if (fault !== undefined) return m.priceForm.faults[fault];
    return error instanceof ApiError ? error.of(path) : undefined;
  };

  /** The edit, unless the form says something that can't be. */
  function checked(): ModelEdit | null {
    const found = faultsOf(draft);
    setFaults(found);
    const changes = changesOf(before, draft);
    const isSame = Object.keys(changes).length === 0;
    setIsUnchanged(isSame);
    return Object.keys(found).length > 0 || isSame ? null : changes;
  }

  function save(event: FormEvent) {
    event.preventDefault();
    const changes = checked();
    if (changes === null) return;
    const origin = source.trim() === "" ? {} : { source: source.trim(), sourcedAt: today() };
    const effective = from === null || from === "" ? {} : { effectiveAt: new Date(from).toISOString() };
    void submit({ ...changes, ...origin, ...effective });
  }

  return (
    <Dialog title={m.priceForm.title(model.systemName)} place="side" size="wide" onClose={onClose}>
      <form noValidate onSubmit={save} className="space-y-4">
        <p className="text-sm text-muted">{m.priceForm.hint}</p>
        <PriceFields draft={draft} onChange={setDraft} errorOf={errorOf} />
        <Effective from={from} onChange={setFrom} error={errorOf("effectiveAt")} />
        <Field label={m.priceForm.source} hint={m.priceForm.sourceHint} error={errorOf("source")}>
          <Input type="url" value={source} placeholder="https://" onChange={(event) => setSource(event.target.value)} />
        </Field>
        <Trial model={model} ask={checked} />
        {isUnchanged && <p role="alert">{m.priceForm.noChange}</p>}
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{useMessages().ui.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {m.actions.save}
          </Button>
        </DialogActions>
      </form>
      {conflict}
    </Dialog>
  );
}

function Effective({
  from,
  onChange,
  error,
}: {
  from: string | null;
  onChange: (from: string | null) => void;
  error?: string;
}) {
  const m = useMessages().models.priceForm;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="flex flex-wrap gap-3">
      <Field label={m.effective}>
        <Select
          value={from === null ? "now" : "later"}
          onChange={(event) => onChange(event.target.value === "now" ? null : "")}
          options={[
            ["now", m.effectiveNow],
            ["later", m.effectiveLater],
          ]}
        />
      </Field>
      {from !== null && (
        <Field label={m.effectiveAt(zone)} error={error}>
          <Input type="datetime-local" required value={from} onChange={(event) => onChange(event.target.value)} />
        </Field>
      )}
    </div>
  );
}

/** What the price in the form would have changed, before it is saved. */
function Trial({ model, ask }: { model: Model; ask: () => ModelEdit | null }) {
  const m = useMessages().models;
  const [prices, setPrices] = useState<ModelEdit | null>(null);
  const [days, setDays] = useState(30);
  const zone = useReportingZone();
  const question = useMemo(
    () =>
      prices === null || zone === null
        ? null
        : ({
            model: model.systemName,
            prices: prices as WhatIfQuestion["prices"],
            ...lastDays(days, zone, new Date()),
          } satisfies WhatIfQuestion),
    [prices, zone, days, model.systemName],
  );
  return (
    <section className="space-y-3 rounded border border-line bg-sunken/40 p-3">
      <div className="flex flex-wrap items-end gap-3">
        <SpanField days={days} onChange={setDays} zone={zone} />
        <Button onClick={() => setPrices(ask())}>{m.priceForm.tryIt}</Button>
      </div>
      {question !== null && <WhatIfResult question={question} />}
    </section>
  );
}

function today(): string {
  return new Intl.DateTimeFormat("sv-SE").format(new Date());
}
