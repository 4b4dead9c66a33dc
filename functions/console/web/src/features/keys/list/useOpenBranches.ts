import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ListedKey } from "./queries";

export type OpenBranches = { isOpen: (keyId: string) => boolean; toggle: (keyId: string) => void };

const OPEN = ["keys-open-branches"];

/**
 * Which keys of the tree are open. It is remembered while one is on other pages, until one signs out.
 *
 * A tree of few roots begins with these open: the first look should show more than a name.
 */
export function useOpenBranches(roots: readonly ListedKey[]): OpenBranches {
  const queries = useQueryClient();
  const { data: toggled } = useQuery<Readonly<Record<string, boolean>>>({
    queryKey: OPEN,
    queryFn: () => ({}),
    initialData: {},
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const isOpen = (keyId: string) => toggled[keyId] ?? (roots.length <= 3 && roots.some(({ id }) => id === keyId));
  return {
    isOpen,
    toggle: (keyId) => queries.setQueryData(OPEN, { ...toggled, [keyId]: !isOpen(keyId) }),
  };
}
