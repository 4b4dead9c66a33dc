import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useProviders } from "@/features/providers/queries";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Checkbox, Field, Input, MoneyInput, Select, TextArea } from "@/ui/Field";
import { useGuardedEdit } from "./guardedEdit";
import {
  newTarget,
  OWN_RATES,
  type SettingFault,
  type SettingsDraft,
  settingFaults,
  settingsChanges,
  settingsOf,
  type TargetDraft,
} from "./modelForm";
import { Block } from "./PairFields";
import type { Model } from "./queries";

type ErrorOf = (path: string) => string | undefined;

/** Where a model is served, its limits, and what it may be used for. Its price is another dialog's. */
export function SettingsDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const m = useMessages().models;
  const { cancel } = useMessages().ui;
  const [draft, setDraft] = useState<SettingsDraft>(() => settingsOf(model));
  const [faults, setFaults] = useState<Record<string, SettingFault>>({});
  const [isUnchanged, setIsUnchanged] = useState(false);
  const { submit, isBusy, error, conflict } = useGuardedEdit(model, onClose);
  const put = (changes: Partial<SettingsDraft>) => setDraft({ ...draft, ...changes });

  const errorOf: ErrorOf = (path) => {
    const fault = faults[path];
    if (fault !== undefined) return m.form.faults[fault];
    return error instanceof ApiError ? error.of(path) : undefined;
  };

  function save(event: FormEvent) {
    event.preventDefault();
    const found = settingFaults(draft);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    const changes = settingsChanges(model, draft);
    setIsUnchanged(Object.keys(changes).length === 0);
    if (Object.keys(changes).length > 0) void submit(changes);
  }

  return (
    <Dialog title={m.form.editTitle(model.systemName)} place="side" size="normal" onClose={onClose}>
      <form noValidate onSubmit={save} className="space-y-5">
        <fieldset className="space-y-2">
          <legend className="mb-1 font-semibold">{m.form.main}</legend>
          <TargetFields target={draft.main} onChange={(main) => put({ main })} errorOf={errorOf} />
        </fieldset>
        <fieldset className="space-y-2">
          <legend className="mb-1 font-semibold">{m.form.alternatives}</legend>
          <p className="text-xs text-muted">{m.targets.hint}</p>
          {draft.alternatives.map((target, at) => (
            <Block key={at} onRemove={() => put({ alternatives: draft.alternatives.toSpliced(at, 1) })}>
              <TargetFields
                target={target}
                onChange={(changed) => put({ alternatives: draft.alternatives.with(at, changed) })}
                errorOf={(name) => errorOf(`alternatives.${at}.${name}`)}
              />
              <p className="mt-3 mb-1 text-xs text-muted">{m.form.ownRates}</p>
              <div className="grid grid-cols-3 gap-2">
                {OWN_RATES.map((name) => (
                  <Field key={name} label={m.rates[name]} error={errorOf(`alternatives.${at}.${name}`)}>
                    <MoneyInput
                      value={target.rates[name]}
                      onChange={(event) =>
                        put({
                          alternatives: draft.alternatives.with(at, {
                            ...target,
                            rates: { ...target.rates, [name]: event.target.value },
                          }),
                        })
                      }
                    />
                  </Field>
                ))}
              </div>
            </Block>
          ))}
          {draft.alternatives.length < 8 && (
            <Button
              size="small"
              icon={Plus}
              onClick={() => put({ alternatives: [...draft.alternatives, newTarget("", "1")] })}
            >
              {m.form.addAlternative}
            </Button>
          )}
        </fieldset>
        <Field label={m.form.fallbacks} hint={m.form.fallbacksHint} error={errorOf("fallbacks")}>
          <TextArea
            rows={2}
            spellCheck={false}
            value={draft.fallbacks}
            onChange={(event) => put({ fallbacks: event.target.value })}
          />
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <CountField label={m.form.contextLimit} name="contextLimit" draft={draft} put={put} errorOf={errorOf} />
          <CountField label={m.form.outputLimit} name="outputLimit" draft={draft} put={put} errorOf={errorOf} />
          <CountField
            label={m.form.safetyLevel}
            hint={m.form.safetyHint}
            name="safetyLevel"
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
          <CountField
            label={m.form.promptOverhead}
            hint={m.form.promptOverheadHint}
            name="promptOverhead"
            draft={draft}
            put={put}
            errorOf={errorOf}
          />
        </div>
        <div className="space-y-2">
          <Checkbox
            label={m.form.allowUnpriced}
            hint={m.form.allowUnpricedHint}
            checked={draft.allowUnpriced}
            onChange={(event) => put({ allowUnpriced: event.target.checked })}
          />
          <Checkbox
            label={m.form.allowUnpricedOptions}
            hint={m.form.allowUnpricedOptionsHint}
            checked={draft.allowUnpricedOptions}
            onChange={(event) => put({ allowUnpricedOptions: event.target.checked })}
          />
          <Checkbox
            label={m.form.strictTranslation}
            hint={m.form.strictTranslationHint}
            checked={draft.strictTranslation}
            onChange={(event) => put({ strictTranslation: event.target.checked })}
          />
        </div>
        {isUnchanged && <p role="alert">{m.form.noChange}</p>}
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{cancel}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {m.actions.save}
          </Button>
        </DialogActions>
      </form>
      {conflict}
    </Dialog>
  );
}

type CountFieldProps = {
  label: string;
  hint?: string;
  name: "contextLimit" | "outputLimit" | "safetyLevel" | "promptOverhead";
  draft: SettingsDraft;
  put: (changes: Partial<SettingsDraft>) => void;
  errorOf: ErrorOf;
};

function CountField({ label, hint, name, draft, put, errorOf }: CountFieldProps) {
  return (
    <Field label={label} hint={hint} error={errorOf(name)}>
      <Input inputMode="numeric" value={draft[name]} onChange={(event) => put({ [name]: event.target.value })} />
    </Field>
  );
}

type TargetFieldsProps = { target: TargetDraft; onChange: (target: TargetDraft) => void; errorOf: ErrorOf };

function TargetFields({ target, onChange, errorOf }: TargetFieldsProps) {
  const m = useMessages().models;
  return (
    <div className="grid grid-cols-2 gap-2">
      <ProviderField
        value={target.providerId}
        onChange={(providerId) => onChange({ ...target, providerId })}
        error={errorOf("providerId")}
      />
      <Field label={m.form.remoteId} hint={m.form.remoteIdHint} error={errorOf("remoteId")}>
        <Input
          autoComplete="off"
          spellCheck={false}
          value={target.remoteId}
          onChange={(event) => onChange({ ...target, remoteId: event.target.value })}
        />
      </Field>
      <Field label={m.targets.priority} error={errorOf("priority")}>
        <Input
          inputMode="numeric"
          value={target.priority}
          onChange={(event) => onChange({ ...target, priority: event.target.value })}
        />
      </Field>
      <Field label={m.targets.weight} error={errorOf("weight")}>
        <Input
          inputMode="numeric"
          value={target.weight}
          onChange={(event) => onChange({ ...target, weight: event.target.value })}
        />
      </Field>
    </div>
  );
}

type ProviderFieldProps = { value: string; onChange: (id: string) => void; error?: string; label?: string };

/** One of the providers; those that are read page by page come as they are needed. */
export function ProviderField({ value, onChange, error, label }: ProviderFieldProps) {
  const m = useMessages().models;
  const providers = useProviders();
  const options = providers.map(({ id, name }) => [id, name] as const);
  const isListed = providers.some(({ id }) => id === value);
  return (
    <Field label={label ?? m.provider} error={error}>
      <Select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        options={isListed ? options : [[value, value === "" ? m.form.chooseProvider : value], ...options]}
      />
    </Field>
  );
}
