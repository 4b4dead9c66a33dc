import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ApiError } from "@/api/errors";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { sameFields } from "@/ui/differences";
import { fetchModel, type Model, type ModelEdit, useEditModel } from "./queries";

type GuardedEdit = {
  submit: (edit: ModelEdit) => Promise<void>;
  isBusy: boolean;
  /** What was refused; a meeting with somebody else's edit isn't among it. */
  error: unknown;
  /** The question what becomes of one's edit, while there is one. */
  conflict: ReactNode;
};

/** An edit of the model as it was opened: if somebody else has changed it since, the viewer decides. */
export function useGuardedEdit(model: Model, onDone: () => void): GuardedEdit {
  const edit = useEditModel(model.id);
  const queries = useQueryClient();
  const [met, setMet] = useState<{ edit: ModelEdit; theirs: Model } | null>(null);
  const [error, setError] = useState<unknown>(null);

  async function send(changes: ModelEdit, revision: number) {
    setError(null);
    try {
      await edit.mutateAsync({ edit: changes, revision });
      onDone();
    } catch (failure) {
      if (failure instanceof ApiError && failure.isConflict)
        setMet({ edit: changes, theirs: await fetchModel(model.id) });
      else setError(failure);
    }
  }

  function takeTheirs() {
    if (met !== null) queries.setQueryData(["model", model.id], met.theirs);
    void queries.invalidateQueries({ queryKey: ["model", model.id, "prices"] });
    onDone();
  }

  return {
    submit: (changes) => send(changes, model.revision),
    isBusy: edit.isPending,
    error,
    conflict: met && (
      <ConflictDialog
        mine={met.edit}
        theirs={sameFields(met.theirs, met.edit)}
        onTakeTheirs={takeTheirs}
        onOverwrite={() => {
          setMet(null);
          void send(met.edit, met.theirs.revision);
        }}
      />
    ),
  };
}
