import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { sameFields } from "@/ui/differences";
import { ErrorNote } from "@/ui/ErrorNote";
import { ProviderFields } from "./ProviderFields";
import {
  creationOf,
  draftOf,
  editOf,
  NEW_PROVIDER,
  type ProviderDraft,
  type ProviderFaults,
  providerFaults,
} from "./providerForm";
import { fetchProvider, type Provider, type ProviderEdit, useCreateProvider, useEditProvider } from "./queries";

/** A new provider; its page opens when it is there. */
export function NewProviderDialog({ onClose }: { onClose: () => void }) {
  const m = useMessages().providers;
  const navigate = useNavigate();
  const create = useCreateProvider();

  async function save(draft: ProviderDraft) {
    const made = await create.mutateAsync(creationOf(draft)).catch(() => null);
    if (made !== null) await navigate({ to: "/providers/$providerId", params: { providerId: made.id } });
  }

  return (
    <Dialog title={m.form.newTitle} onClose={onClose}>
      <ProviderForm
        initial={NEW_PROVIDER}
        action={m.actions.create}
        isBusy={create.isPending}
        error={create.error}
        onSave={(draft) => void save(draft)}
        onClose={onClose}
      />
    </Dialog>
  );
}

/** An edit of a provider as it was opened: if somebody else has changed it since, the viewer decides. */
export function EditProviderDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const m = useMessages().providers;
  const queries = useQueryClient();
  const edit = useEditProvider(provider.id);
  const [met, setMet] = useState<{ edit: ProviderEdit; theirs: Provider } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isUnchanged, setIsUnchanged] = useState(false);

  async function send(changes: ProviderEdit, revision: number) {
    setError(null);
    try {
      await edit.mutateAsync({ edit: changes, revision });
      onClose();
    } catch (failure) {
      if (failure instanceof ApiError && failure.isConflict) {
        setMet({ edit: changes, theirs: await fetchProvider(provider.id) });
      } else setError(failure);
    }
  }

  function save(draft: ProviderDraft) {
    const changes = editOf(provider, draft);
    const isSame = Object.keys(changes).length === 0;
    setIsUnchanged(isSame);
    if (!isSame) void send(changes, provider.revision);
  }

  return (
    <Dialog title={m.form.editTitle(provider.name)} onClose={onClose}>
      <ProviderForm
        provider={provider}
        initial={draftOf(provider)}
        action={m.actions.save}
        isBusy={edit.isPending}
        error={error}
        note={isUnchanged ? m.form.noChange : undefined}
        onSave={save}
        onClose={onClose}
      />
      {met !== null && (
        <ConflictDialog
          mine={withoutKey(met.edit)}
          theirs={sameFields(met.theirs, withoutKey(met.edit))}
          onTakeTheirs={() => {
            queries.setQueryData(["provider", provider.id], met.theirs);
            onClose();
          }}
          onOverwrite={() => {
            setMet(null);
            void send(met.edit, met.theirs.revision);
          }}
        />
      )}
    </Dialog>
  );
}

/** Keys are never shown, not even one's own. */
function withoutKey({ apiKey, ...rest }: ProviderEdit): ProviderEdit {
  return rest;
}

type ProviderFormProps = {
  /** The one that is edited. */
  provider?: Provider;
  initial: ProviderDraft;
  action: string;
  isBusy: boolean;
  error: unknown;
  note?: string;
  onSave: (draft: ProviderDraft) => void;
  onClose: () => void;
};

function ProviderForm({ provider, initial, action, isBusy, error, note, onSave, onClose }: ProviderFormProps) {
  const m = useMessages().providers;
  const { cancel } = useMessages().ui;
  const [draft, setDraft] = useState(initial);
  const [faults, setFaults] = useState<ProviderFaults>({});

  const errorOf = (name: keyof ProviderDraft) => {
    const fault = faults[name];
    if (fault !== undefined) return m.form.faults[fault];
    return error instanceof ApiError
      ? error.fields.find(({ field }) => field.split(".")[0] === name)?.message
      : undefined;
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = providerFaults(draft, provider?.hasApiKey === true);
    setFaults(found);
    if (Object.keys(found).length === 0) onSave(draft);
  }

  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="space-y-4">
      <ProviderFields provider={provider} draft={draft} onChange={setDraft} errorOf={errorOf} />
      {note !== undefined && <p role="alert">{note}</p>}
      {error !== null && <ErrorNote error={error} />}
      <DialogActions>
        <Button onClick={onClose}>{cancel}</Button>
        <Button type="submit" kind="primary" isBusy={isBusy}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
