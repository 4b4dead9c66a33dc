import { useQuery } from "@tanstack/react-query";
import { useDebounced } from "@/ui/useDebounced";

export type Suggestion = { id: string; label: string; note?: string };

/** What fits a text, asked for when the typing pauses, and only while `isWanted`. */
export function useSuggestions(
  name: string,
  typed: string,
  isWanted: boolean,
  find: (search: string) => Promise<Suggestion[]>,
): { found: Suggestion[]; isPending: boolean } {
  const search = useDebounced(typed);
  const query = useQuery({
    queryKey: ["suggestions", name, search],
    queryFn: () => find(search),
    enabled: isWanted,
    placeholderData: (before) => before,
  });
  return { found: query.data ?? [], isPending: query.isPending };
}
