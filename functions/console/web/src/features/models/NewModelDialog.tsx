import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input, MoneyInput, Select } from "@/ui/Field";
import { type NewModelDraft, type NewModelFaults, newModelBody, newModelFaults } from "./newModel";
import { useCreateModel } from "./queries";
import { ProviderField } from "./SettingsDialog";

type NewModelDialogProps = {
  providerId: string;
  /** The provider's name for the model, if one of its list is to be added. */
  remoteId?: string;
  onClose: () => void;
};

/** A new model with the prices that it needs; the rest can be set on its page, which opens then. */
export function NewModelDialog({ providerId, remoteId = "", onClose }: NewModelDialogProps) {
  const m = useMessages().models;
  const { cancel } = useMessages().ui;
  const navigate = useNavigate();
  const create = useCreateModel();
  const [faults, setFaults] = useState<NewModelFaults>({});
  const [draft, setDraft] = useState<NewModelDraft>({
    systemName: remoteId,
    providerId,
    remoteId,
    modelType: remoteId.includes("embed") ? "embedding" : "chat",
    inputPrice: "",
    cachedInputPrice: "",
    outputPrice: "",
    contextLimit: "",
    outputLimit: "",
  });
  const put = (changes: Partial<NewModelDraft>) => setDraft({ ...draft, ...changes });
  const errorOf = (name: keyof NewModelDraft) => {
    const fault = faults[name];
    if (fault !== undefined) return m.form.faults[fault];
    return create.error instanceof ApiError ? create.error.of(name) : undefined;
  };

  async function save(event: FormEvent) {
    event.preventDefault();
    const found = newModelFaults(draft);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    const made = await create.mutateAsync(newModelBody(draft)).catch(() => null);
    if (made !== null) await navigate({ to: "/models/$modelId", params: { modelId: made.id } });
  }

  const text = (name: "systemName" | "remoteId") => ({
    value: draft[name],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { target: { value: string } }) => put({ [name]: event.target.value }),
  });
  const prices = draft.modelType === "embedding" ? PRICES.slice(0, 1) : PRICES;
  return (
    <Dialog title={m.form.newTitle} onClose={onClose}>
      <form noValidate onSubmit={(event) => void save(event)} className="space-y-4">
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={m.form.systemName} hint={m.form.systemNameHint} error={errorOf("systemName")}>
            <Input {...text("systemName")} />
          </Field>
          <Field label={m.form.type} error={errorOf("modelType")}>
            <Select
              value={draft.modelType}
              onChange={(event) => put({ modelType: event.target.value as NewModelDraft["modelType"] })}
              options={[
                ["chat", m.types.chat],
                ["embedding", m.types.embedding],
                ["image", m.types.image],
              ]}
            />
          </Field>
          <ProviderField
            value={draft.providerId}
            onChange={(chosen) => put({ providerId: chosen })}
            error={errorOf("providerId")}
          />
          <Field label={m.form.remoteId} hint={m.form.remoteIdHint} error={errorOf("remoteId")}>
            <Input {...text("remoteId")} />
          </Field>
        </div>
        <fieldset>
          <legend className="font-semibold">{m.form.prices}</legend>
          <p className="mb-2 text-xs text-muted">{m.form.pricesHint}</p>
          <div className="grid gap-3 sm:grid-cols-3">
            {prices.map((name) => (
              <Field key={name} label={m.rates[name]} error={errorOf(name)}>
                <MoneyInput value={draft[name]} onChange={(event) => put({ [name]: event.target.value })} />
              </Field>
            ))}
          </div>
        </fieldset>
        <div className="grid gap-3 sm:grid-cols-2">
          {(["contextLimit", "outputLimit"] as const).map((name) => (
            <Field key={name} label={m.form[name]} error={errorOf(name)}>
              <Input
                inputMode="numeric"
                value={draft[name]}
                onChange={(event) => put({ [name]: event.target.value })}
              />
            </Field>
          ))}
        </div>
        {create.error !== null && <ErrorNote error={create.error} />}
        <DialogActions>
          <Button onClick={onClose}>{cancel}</Button>
          <Button type="submit" kind="primary" isBusy={create.isPending}>
            {m.actions.create}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

const PRICES = ["inputPrice", "outputPrice", "cachedInputPrice"] as const;
