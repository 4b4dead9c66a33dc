import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useSession } from "@/app/session";
import type { ListedKey } from "./queries";

type Selection = {
  /** Whether the viewer may do anything with what is chosen that they can't do with one key alone. */
  isPossible: boolean;
  chosen: ReadonlyMap<string, ListedKey>;
  toggle: (key: ListedKey) => void;
  /** Chooses all keys whose rows are shown; none, if any are chosen. */
  toggleAll: () => void;
  clear: () => void;
  /** Tells of a row that is shown; returns what tells that it no longer is. */
  show: (key: ListedKey) => () => void;
};

const SelectionContext = createContext<Selection | null>(null);

export function SelectionProvider({ children }: { children: ReactNode }) {
  const { can } = useSession();
  const isPossible = can("updateKey");
  const [chosen, setChosen] = useState<ReadonlyMap<string, ListedKey>>(new Map());
  const shown = useRef(new Map<string, ListedKey>());

  const show = useCallback((key: ListedKey) => {
    shown.current.set(key.id, key);
    // What is chosen is what is shown now: edits require the revision that the viewer has seen.
    setChosen((before) => (before.has(key.id) ? new Map(before).set(key.id, key) : before));
    return () => void shown.current.delete(key.id);
  }, []);
  const toggle = useCallback((key: ListedKey) => {
    setChosen((before) => {
      const after = new Map(before);
      if (!after.delete(key.id)) after.set(key.id, key);
      return after;
    });
  }, []);
  const toggleAll = useCallback(() => {
    setChosen((before) => (before.size > 0 ? new Map() : new Map(shown.current)));
  }, []);
  const clear = useCallback(() => setChosen(new Map()), []);

  const selection = useMemo(
    () => ({ isPossible, chosen, toggle, toggleAll, clear, show }),
    [isPossible, chosen, toggle, toggleAll, clear, show],
  );
  return <SelectionContext value={selection}>{children}</SelectionContext>;
}

export function useSelection(): Selection {
  const selection = useContext(SelectionContext);
  if (selection === null) throw new Error("There is no SelectionProvider above.");
  return selection;
}

/** Makes a key part of what "select all" selects, for as long as its row is shown. */
export function useShown(key: ListedKey): void {
  const { show } = useSelection();
  useEffect(() => show(key), [show, key]);
}
