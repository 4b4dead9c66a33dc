import { type ReactNode, useState } from "react";
import type { Schemas } from "@/api/client";
import { ApiError } from "@/api/errors";
import { keyQuery } from "@/features/key-settings/queries";
import { ConflictDialog } from "@/ui/ConflictDialog";
import { sameFields } from "@/ui/differences";
import { useRefreshKeys } from "./queries";

type KeyView = Schemas["KeyView"];

export type KeyChange<Answer = KeyView> = {
  /** What fields are to become, by their names in a key's view: shown if somebody else came first. */
  fields: Partial<Record<keyof KeyView, unknown>>;
  /** Sends the change with the headers that make it an edit of what the viewer has seen. */
  send: (headers: { "If-Match": string }) => Promise<Answer>;
};

type Conflict = { mine: object; theirs: KeyView; resolve: (overwrite: boolean) => void };

/**
 * Changes a key as it was seen. Meets the change somebody else's, `conflict` is the dialog that shows both.
 *
 * `seen` is the key as it was then. `apply` resolves with the answer, or with null if the viewer has taken the other one's.
 */
export function useKeyChange(key: KeyView) {
  const refresh = useRefreshKeys();
  // The page asks for the key again and again. What counts is what was seen when the dialog was opened.
  const [seen] = useState(key);
  const [conflict, setConflict] = useState<Conflict | null>(null);

  async function apply<Answer>(change: KeyChange<Answer>): Promise<Answer | null> {
    let revision = seen.revision;
    for (;;) {
      try {
        const answer = await change.send({ "If-Match": `"${revision}"` });
        await refresh();
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError && error.isConflict)) throw error;
      }
      const theirs = await keyQuery(key.id).queryFn();
      const overwrites = await new Promise<boolean>((resolve) => setConflict({ mine: change.fields, theirs, resolve }));
      setConflict(null);
      if (!overwrites) {
        await refresh();
        return null;
      }
      revision = theirs.revision;
    }
  }

  const dialog: ReactNode =
    conflict === null ? null : (
      <ConflictDialog
        mine={conflict.mine}
        theirs={sameFields(conflict.theirs, conflict.mine)}
        onTakeTheirs={() => conflict.resolve(false)}
        onOverwrite={() => conflict.resolve(true)}
      />
    );
  return { seen, apply, conflict: dialog };
}
