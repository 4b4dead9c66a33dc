import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import type { Messages } from "@/messages/en";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { Diff } from "@/ui/Diff";
import { ErrorNote } from "@/ui/ErrorNote";
import { SkeletonRows } from "@/ui/Feedback";
import { bodyOf, editsOf, type KeyBody } from "./bodies";
import { type DraftField, draftOf, type KeyView } from "./draft";
import type { Surroundings } from "./inherited";
import { KeySettingsFields } from "./KeySettingsFields";
import { MoveKey } from "./MoveKey";
import { UnsavedChanges } from "./parts/UnsavedChanges";
import { editKey, keyQuery, useSurroundings } from "./queries";
import { type GroupId, type KeyForm, useKeyForm } from "./useKeyForm";

type KeySettingsEditorProps = {
  apiKey: KeyView;
  open?: readonly GroupId[];
  onSaved?: (stored: KeyView) => void;
};

/** A key's settings, to be looked at, and edited by those who may. */
export function KeySettingsEditor(props: KeySettingsEditorProps) {
  const { surroundings, error } = useSurroundings(props.apiKey.parentId);
  if (surroundings === undefined) return error ? <ErrorNote error={error} /> : <SkeletonRows rows={10} />;
  return <Editor {...props} surroundings={surroundings} />;
}

function Editor({ apiKey, open, onSaved, surroundings }: KeySettingsEditorProps & { surroundings: Surroundings }) {
  const m = useMessages().keySettings;
  const { can } = useSession();
  const queries = useQueryClient();
  // What the edits are made on. It stays when somebody else stores another one meanwhile, so that saving finds out.
  const [opened, setOpened] = useState(apiKey);
  const base = useMemo(() => draftOf(opened), [opened]);
  const form = useKeyForm(base);
  const changed = form.changedFields;
  const [state, setState] = useState<"idle" | "saving" | "saved">("idle");
  const [error, setError] = useState<unknown>(null);
  const [isPartly, setIsPartly] = useState(false);
  const [theirs, setTheirs] = useState<KeyView | null>(null);
  if (changed.length === 0 && apiKey.revision > opened.revision) setOpened(apiKey);

  function adopt(stored: KeyView) {
    queries.setQueryData(keyQuery(stored.id).queryKey, stored);
    setOpened(stored);
    onSaved?.(stored);
  }

  async function save(on: KeyView) {
    if (!form.check()) return setError(null);
    setState("saving");
    setError(null);
    setIsPartly(false);
    try {
      const stored = await editKey(on, editsOf(form.changes), (part) => {
        adopt(part);
        setIsPartly(true);
      });
      if (stored !== null) adopt(stored);
      form.reset();
      setIsPartly(false);
      setState("saved");
      void queries.invalidateQueries({ queryKey: ["keys"] });
    } catch (failure) {
      setState("idle");
      if (failure instanceof ApiError && failure.isConflict) {
        setTheirs(await queries.fetchQuery({ ...keyQuery(on.id), staleTime: 0 }));
      } else {
        setError(failure);
        form.tell(failure);
      }
    }
  }

  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        void save(opened);
      }}
    >
      {!can("updateKey") && <p className="text-sm text-muted">{m.save.readOnly}</p>}
      <MoveKey apiKey={opened} parent={surroundings.ancestors[0] ?? null} onMoved={adopt} />
      <KeySettingsFields
        form={form}
        surroundings={surroundings}
        apiKey={opened}
        open={open}
        isDisabled={!can("updateKey") || state === "saving"}
      />
      <SaveBar
        form={form}
        before={bodyOf(base)}
        state={state}
        failure={
          error !== null && (
            <>
              {isPartly && <p className="text-sm text-warn">{m.save.partly}</p>}
              <ErrorNote error={error} />
            </>
          )
        }
        onDiscard={() => {
          form.reset();
          setError(null);
        }}
      />
      <UnsavedChanges exist={changed.length > 0} />
      {theirs !== null && (
        <ConflictDialog
          mine={labelled(form.changes, changed, m)}
          theirs={labelled(bodyOf(draftOf(theirs)), changed, m)}
          onTakeTheirs={() => {
            adopt(theirs);
            form.reset();
            setTheirs(null);
          }}
          onOverwrite={() => {
            setOpened(theirs);
            setTheirs(null);
            void save(theirs);
          }}
        />
      )}
    </form>
  );
}

type SaveBarProps = {
  form: KeyForm;
  before: KeyBody;
  state: "idle" | "saving" | "saved";
  failure: ReactNode;
  onDiscard: () => void;
};

/** What isn't saved yet, the way to save it, and what became of that: in sight however long the form is. */
function SaveBar({ form, before, state, failure, onDiscard }: SaveBarProps) {
  const m = useMessages().keySettings;
  const [isCompared, setIsCompared] = useState(false);
  const changed = form.changedFields;
  if (changed.length === 0) {
    return (
      <p role="status" className="sticky bottom-3 z-20 flex">
        {state === "saved" && (
          <Badge tone="good" icon={CircleCheck}>
            {m.save.saved}
          </Badge>
        )}
      </p>
    );
  }
  return (
    <div className="sticky bottom-0 z-20 space-y-3 rounded-t-lg border border-line bg-surface px-4 py-3 shadow-lg">
      {failure}
      {isCompared && (
        <div className="max-h-60 overflow-y-auto">
          <Diff
            before={labelled(before, changed, m)}
            after={labelled(form.changes, changed, m)}
            beforeLabel={m.save.before}
            afterLabel={m.save.after}
          />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <p role="status" className="min-w-0 flex-1 basis-60 text-sm">
          {form.isFaulty && <span className="block text-bad">{m.save.faulty}</span>}
          {m.save.unsaved(changed.map((field) => m.fields[field].label).join(", "))}
        </p>
        <Button kind="quiet" aria-expanded={isCompared} onClick={() => setIsCompared(!isCompared)}>
          {isCompared ? m.save.hide : m.save.compare}
        </Button>
        <Button onClick={onDiscard}>{m.save.discard}</Button>
        <Button type="submit" kind="primary" isBusy={state === "saving"}>
          {m.save.submit}
        </Button>
      </div>
    </div>
  );
}

/** Fields of a body under the names that they have in the form. */
function labelled(body: KeyBody, fields: readonly DraftField[], m: Messages["keySettings"]): object {
  return Object.fromEntries(fields.map((field) => [m.fields[field].label, body[field]]));
}
