import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Checkbox, Field, Input, MoneyInput, Select } from "@/ui/Field";
import { type ChildDraft, changeOf, creationOf, draftOf } from "./childSettings";
import { NewSecret } from "./NewSecret";
import { type OwnKey, useCreation, useEdit } from "./queries";

type ChildFormProps = { parentId: string; child?: OwnKey; onClose: () => void };

/** Creates a key below, or changes one. A new key's secret is shown this once. */
export function ChildForm({ parentId, child, onClose }: ChildFormProps) {
  const m = useMessages().holder.keys;
  const creation = useCreation();
  const edit = useEdit();
  const [draft, setDraft] = useState<ChildDraft>(() => draftOf(child));
  const { error, isPending } = child === undefined ? creation : edit;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (child === undefined) creation.mutate(creationOf(draft, parentId));
    else edit.mutate(changeOf(draft, child), { onSuccess: onClose });
  }

  if (creation.data !== undefined)
    return <NewSecret name={creation.data.name} secret={creation.data.key} onClose={onClose} />;
  return (
    <Dialog title={child === undefined ? m.create : m.editTitle(child.name)} onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Fields draft={draft} error={error} onChange={(changed) => setDraft({ ...draft, ...changed })} />
        <Problem error={error} onClose={onClose} />
        <DialogActions>
          <Button onClick={onClose}>{m.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={isPending}>
            {child === undefined ? m.create : m.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

type FieldsProps = { draft: ChildDraft; error: unknown; onChange: (changed: Partial<ChildDraft>) => void };

function Fields({ draft, error, onChange }: FieldsProps) {
  const m = useMessages().holder;
  const problem = (field: string) => (error instanceof ApiError ? error.of(field) : undefined);
  const amount = { pattern: "[0-9]+(\\.[0-9]+)?", placeholder: m.keys.noLimit };
  return (
    <>
      <Field label={m.keys.name} error={problem("name")}>
        <Input
          required
          maxLength={128}
          value={draft.name}
          onChange={({ target }) => onChange({ name: target.value })}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={m.windows.total} hint={m.keys.budgetHint} error={problem("budgetLimit")}>
          <MoneyInput
            {...amount}
            value={draft.budgetLimit}
            onChange={({ target }) => onChange({ budgetLimit: target.value })}
          />
        </Field>
        <div className="grid grid-cols-2 gap-2">
          <Field label={m.keys.quota} error={problem("quotaLimit")}>
            <MoneyInput
              {...amount}
              value={draft.quotaLimit}
              onChange={({ target }) => onChange({ quotaLimit: target.value })}
            />
          </Field>
          <Field label={m.keys.period}>
            <Select
              value={draft.quotaPeriod}
              onChange={({ target }) => onChange({ quotaPeriod: target.value as ChildDraft["quotaPeriod"] })}
              options={[
                ["day", m.keys.periods.day],
                ["week", m.keys.periods.week],
                ["month", m.keys.periods.month],
              ]}
            />
          </Field>
        </div>
      </div>
      <Checkbox
        label={m.keys.hard}
        hint={m.keys.hardHint}
        checked={draft.isHard}
        onChange={({ target }) => onChange({ isHard: target.checked })}
      />
      <Field label={m.keys.rpm} error={problem("rpmLimit")}>
        <Input
          type="number"
          min={1}
          placeholder={m.keys.noLimit}
          value={draft.rpmLimit}
          onChange={({ target }) => onChange({ rpmLimit: target.value })}
        />
      </Field>
      <Field label={m.keys.models} hint={m.keys.modelsHint} error={problem("allowedModels")}>
        <Input value={draft.allowedModels} onChange={({ target }) => onChange({ allowedModels: target.value })} />
      </Field>
      <Checkbox
        label={m.keys.mayManage}
        checked={draft.manageChildren}
        onChange={({ target }) => onChange({ manageChildren: target.checked })}
      />
    </>
  );
}

const FIELDS = ["name", "budgetLimit", "quotaLimit", "rpmLimit", "allowedModels"];

/** What is wrong, if no field says it. */
function Problem({ error, onClose }: { error: unknown; onClose: () => void }) {
  if (error === null) return null;
  if (error instanceof ApiError && error.isConflict) return <Conflict onClose={onClose} />;
  return error instanceof ApiError && error.isAllIn(FIELDS) ? null : <ErrorNote error={error} />;
}

/** Somebody else has changed the key: the list shows it as it is now. */
function Conflict({ onClose }: { onClose: () => void }) {
  const m = useMessages();
  return (
    <div role="alert" className="space-y-2 rounded border border-warn/40 bg-warn-soft px-3 py-2.5">
      <p className="font-medium">{m.ui.conflict.title}</p>
      <p>{m.holder.keys.conflict}</p>
      <Button size="small" onClick={onClose}>
        {m.ui.close}
      </Button>
    </div>
  );
}
