import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Schemas } from "@/api/client";
import { creationOf } from "./bodies";
import { newDraft } from "./draft";
import type { Surroundings } from "./inherited";
import { createKey, useSurroundings } from "./queries";
import { type KeyForm, useKeyForm } from "./useKeyForm";

type NewKey = {
  form: KeyForm;
  /** Undefined until it is known what a key here has by itself: there is nothing to fill in before. */
  surroundings: Surroundings | undefined;
  /** Why that can't be known. */
  error: unknown;
  /**
   * Creates the key: null if something in the form is wrong, which it then shows. Raises ApiError, having shown what
   * the API says of fields at these.
   */
  create: () => Promise<Schemas["IssuedKeyView"] | null>;
};

/** A key that is to be created, below `startingParentId` unless another parent is chosen in the form. */
export function useNewKey(startingParentId: string | null): NewKey {
  const queries = useQueryClient();
  const [parentId, setParentId] = useState(startingParentId);
  const { surroundings, error } = useSurroundings(parentId);
  // Other parents have other defaults; what was typed stays.
  const base = useMemo(() => {
    const [parent] = surroundings?.ancestors ?? [];
    return { ...newDraft(surroundings?.settings, parent), parentId };
  }, [surroundings, parentId]);
  const form = useKeyForm(base);

  async function create() {
    if (!form.check()) return null;
    try {
      const issued = await createKey(creationOf(base, form.draft));
      void queries.invalidateQueries({ queryKey: ["keys"] });
      return issued;
    } catch (failure) {
      form.tell(failure);
      throw failure;
    }
  }

  const shown: KeyForm = {
    ...form,
    set: ({ parentId: chosen, ...edits }) => {
      if (chosen !== undefined) setParentId(chosen);
      form.set(edits);
    },
  };
  return { form: shown, surroundings, error, create };
}
