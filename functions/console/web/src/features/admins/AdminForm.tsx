import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { MomentInput } from "@/features/key-settings/parts/MomentInput";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { Dialog, DialogActions } from "@/ui/Dialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { Field, Input } from "@/ui/Field";
import { type AdminDraft, changesOf, draftOf, NEW_ADMIN } from "./adminDraft";
import { type Admin, createAdmin, editAdmin, getAdmin, type IssuedAdmin, useAdminsChanged } from "./queries";
import { RoleChoice } from "./RoleChoice";

type AdminFormProps = {
  /** Whom to edit; null for a new one. */
  admin: Admin | null;
  onCreated: (issued: IssuedAdmin) => void;
  onClose: () => void;
};

export function AdminForm({ admin, onCreated, onClose }: AdminFormProps) {
  const m = useMessages();
  const changed = useAdminsChanged();
  const [opened, setOpened] = useState(admin);
  const [draft, setDraft] = useState<AdminDraft>(admin === null ? NEW_ADMIN : draftOf(admin));
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<Admin | null>(null);
  const edit = (edited: Partial<AdminDraft>) => setDraft({ ...draft, ...edited });
  const errorOf = (field: keyof AdminDraft) => (error instanceof ApiError ? error.of(field) : undefined);

  async function save(on: Admin | null) {
    setIsBusy(true);
    setError(null);
    try {
      if (on === null) return onCreated(await createAdmin({ ...draft, name: draft.name.trim() }));
      await editAdmin(on, changesOf(on, draft));
      changed();
      onClose();
    } catch (failure) {
      if (on !== null && failure instanceof ApiError && failure.isConflict) setTheirs(await getAdmin(on.id));
      else setError(failure);
      setIsBusy(false);
    }
  }

  if (theirs !== null) {
    return (
      <ConflictDialog
        mine={draft}
        theirs={draftOf(theirs)}
        onTakeTheirs={() => {
          changed();
          onClose();
        }}
        onOverwrite={() => {
          setOpened(theirs);
          setTheirs(null);
          void save(theirs);
        }}
      />
    );
  }
  return (
    <Dialog title={admin === null ? m.admins.addTitle : m.admins.editTitle(admin.name)} onClose={onClose}>
      <form
        className="space-y-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void save(opened);
        }}
      >
        <Field label={m.admins.fields.name} hint={m.admins.hints.name} error={errorOf("name")}>
          <Input
            required
            maxLength={128}
            autoComplete="off"
            value={draft.name}
            onChange={(event) => edit({ name: event.target.value })}
          />
        </Field>
        <RoleChoice value={draft.role} onChange={(role) => edit({ role })} />
        <Field label={m.admins.fields.expiresAt} hint={m.admins.hints.expiresAt} error={errorOf("expiresAt")}>
          <MomentInput value={draft.expiresAt} onChange={(expiresAt) => edit({ expiresAt })} />
        </Field>
        {error !== null && <ErrorNote error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {admin === null ? m.admins.create : m.keySettings.save.submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
