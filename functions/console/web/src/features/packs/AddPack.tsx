import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { ModelsPicker } from "@/features/key-settings/parts/ModelPicker";
import { MomentInput } from "@/features/key-settings/parts/MomentInput";
import { optionsOf } from "@/features/key-settings/parts/SettingField";
import { UnitInput } from "@/features/key-settings/parts/UnitInput";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input, MoneyInput, Select } from "@/ui/Field";
import { NEW_PACK, type PackDraft, packOf, packProblems } from "./packDraft";
import { addPack } from "./queries";

type AddPackProps = { keyId: string; onAdded: () => void; onClose: () => void };

export function AddPack({ keyId, onAdded, onClose }: AddPackProps) {
  const m = useMessages();
  const [draft, setDraft] = useState<PackDraft>(NEW_PACK);
  const [isChecked, setIsChecked] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [isKnown, setIsKnown] = useState(false);
  const problems = packProblems(draft, m.keySettings.checks);
  const edit = (edited: Partial<PackDraft>) => setDraft({ ...draft, ...edited });
  const errorOf = (field: keyof PackDraft) =>
    (isChecked ? problems[field] : undefined) ?? (error instanceof ApiError ? error.of(field) : undefined);

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    setIsChecked(true);
    if (Object.keys(problems).length > 0) return;
    setIsBusy(true);
    setError(null);
    try {
      const { isNew } = await addPack(keyId, packOf(draft));
      onAdded();
      if (isNew) onClose();
      else setIsKnown(true);
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  }

  if (isKnown) {
    return (
      <Dialog title={m.packs.addTitle} size="small" onClose={onClose}>
        <p>{m.packs.known(draft.externalId)}</p>
        <DialogActions>
          <Button kind="primary" onClick={onClose}>
            {m.ui.close}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog title={m.packs.addTitle} onClose={onClose}>
      <form className="grid gap-4 sm:grid-cols-2" onSubmit={(event) => void submit(event)}>
        <Field label={m.packs.fields.amount} hint={m.packs.hints.amount} error={errorOf("amount")}>
          <MoneyInput value={draft.amount} onChange={(event) => edit({ amount: event.target.value })} />
        </Field>
        <Field label={m.packs.fields.price} hint={m.packs.hints.price} error={errorOf("price")}>
          <MoneyInput value={draft.price} onChange={(event) => edit({ price: event.target.value })} />
        </Field>
        <Field label={m.packs.fields.name} hint={m.packs.hints.name} error={errorOf("name")}>
          <Input maxLength={128} value={draft.name} onChange={(event) => edit({ name: event.target.value })} />
        </Field>
        <Field label={m.packs.fields.category} error={errorOf("category")}>
          <Select
            value={draft.category}
            options={optionsOf(m.packs.categories)}
            onChange={(event) => edit({ category: event.target.value as PackDraft["category"] })}
          />
        </Field>
        <Field label={m.packs.fields.effectiveAt} hint={m.packs.hints.effectiveAt} error={errorOf("effectiveAt")}>
          <MomentInput value={draft.effectiveAt} onChange={(effectiveAt) => edit({ effectiveAt })} />
        </Field>
        <Field label={m.packs.fields.expiresAt} hint={m.packs.hints.expiresAt} error={errorOf("expiresAt")}>
          <MomentInput value={draft.expiresAt} onChange={(expiresAt) => edit({ expiresAt })} />
        </Field>
        <Field label={m.packs.fields.models} hint={m.packs.hints.models} error={errorOf("models")}>
          <ModelsPicker values={draft.models} onChange={(models) => edit({ models })} />
        </Field>
        <Field label={m.packs.fields.priority} hint={m.packs.hints.priority} error={errorOf("priority")}>
          <UnitInput
            inputMode="numeric"
            unit=""
            value={draft.priority}
            onChange={(event) => edit({ priority: event.target.value })}
          />
        </Field>
        <Field
          label={m.packs.fields.externalId}
          hint={m.packs.hints.externalId}
          error={errorOf("externalId")}
          className="sm:col-span-2"
        >
          <Input
            maxLength={128}
            value={draft.externalId}
            onChange={(event) => edit({ externalId: event.target.value })}
          />
        </Field>
        <div className="sm:col-span-2">
          {error !== null && <ErrorNote error={error} />}
          <DialogActions>
            <Button onClick={onClose}>{m.ui.cancel}</Button>
            <Button type="submit" kind="primary" isBusy={isBusy}>
              {m.packs.add}
            </Button>
          </DialogActions>
        </div>
      </form>
    </Dialog>
  );
}
