import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { admin, answered, type Schemas } from "@/api/client";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { UnsavedChanges } from "@/features/key-settings/parts/UnsavedChanges";
import { settingsQuery } from "@/features/key-settings/queries";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { ErrorNote } from "@/ui/ErrorNote";
import { changesOf, draftOf, NAMES, problemsOf, type SettingName, type Settings, type SettingsDraft } from "./draft";
import { SettingRow } from "./SettingRow";

/** What new keys are created with, to be looked at, and edited by those who may. */
export function SettingsForm({ settings }: { settings: Settings }) {
  const m = useMessages();
  const queries = useQueryClient();
  const mayEdit = useSession().can("updateSettings");
  // What the edits are made on. It stays when somebody else stores another one meanwhile, so that saving finds out.
  const [opened, setOpened] = useState(settings);
  const [edits, setEdits] = useState<Partial<SettingsDraft>>({});
  const [state, setState] = useState<"idle" | "saving" | "saved">("idle");
  const [error, setError] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<Settings | null>(null);
  const base = useMemo(() => draftOf(opened), [opened]);
  const draft = { ...base, ...edits };
  const changes = changesOf(base, draft);
  const changed = Object.keys(changes) as SettingName[];
  const problems = problemsOf(draft, m.keySettings.checks);
  if (changed.length === 0 && settings.revision > opened.revision) setOpened(settings);

  function adopt(stored: Settings) {
    queries.setQueryData(settingsQuery.queryKey, stored);
    setOpened(stored);
    setEdits({});
    setError(null);
  }

  async function save(revision: number) {
    if (Object.keys(problems).length > 0) return;
    setState("saving");
    setError(null);
    try {
      const params = { header: { "If-Match": `"${revision}"` } };
      adopt(await answered(admin.PATCH("/settings", { params, body: changes as Schemas["SettingsEdit"] })));
      setState("saved");
    } catch (failure) {
      setState("idle");
      if (failure instanceof ApiError && failure.isConflict) {
        setTheirs(await queries.fetchQuery({ ...settingsQuery, staleTime: 0 }));
      } else setError(failure);
    }
  }

  const labelled = (values: object) =>
    Object.fromEntries(changed.map((name) => [m.settings.names[name].label, values[name as keyof typeof values]]));

  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save(opened.revision);
      }}
    >
      {!mayEdit && <p className="mb-3 text-sm text-muted">{m.keySettings.save.readOnly}</p>}
      <fieldset
        disabled={!mayEdit || state === "saving"}
        className="divide-y divide-line rounded-lg border border-line bg-surface"
      >
        <legend className="sr-only">{m.settings.subtitle}</legend>
        {NAMES.map((name) => (
          <SettingRow
            key={name}
            name={name}
            setting={opened[name]}
            draft={draft}
            set={(edited) => setEdits((before) => ({ ...before, ...edited }))}
            error={problems[name] ?? (error instanceof ApiError ? error.fields.find(isOf(name))?.message : undefined)}
          />
        ))}
      </fieldset>
      {error !== null && (
        <div className="mt-3">
          <ErrorNote error={error} />
        </div>
      )}
      {changed.length > 0 ? (
        <div className="sticky bottom-0 z-20 mt-3 flex flex-wrap items-center gap-2 rounded-t-lg border border-line bg-surface px-4 py-3 shadow-lg">
          <p role="status" className="min-w-0 flex-1 basis-60 text-sm">
            {m.keySettings.save.unsaved(changed.map((name) => m.settings.names[name].label).join(", "))}
          </p>
          <Button onClick={() => setEdits({})}>{m.keySettings.save.discard}</Button>
          <Button type="submit" kind="primary" isBusy={state === "saving"}>
            {m.keySettings.save.submit}
          </Button>
        </div>
      ) : (
        <p role="status" className="mt-3 text-sm text-good">
          {state === "saved" ? m.keySettings.save.saved : ""}
        </p>
      )}
      <UnsavedChanges exist={changed.length > 0} />
      {theirs !== null && (
        <ConflictDialog
          mine={labelled(changes)}
          theirs={labelled(draftOf(theirs))}
          onTakeTheirs={() => {
            adopt(theirs);
            setTheirs(null);
          }}
          onOverwrite={() => {
            setOpened(theirs);
            setTheirs(null);
            void save(theirs.revision);
          }}
        />
      )}
    </form>
  );
}

function isOf(name: string): (problem: { field: string }) => boolean {
  return ({ field }) => field === name || field.startsWith(`${name}.`);
}
