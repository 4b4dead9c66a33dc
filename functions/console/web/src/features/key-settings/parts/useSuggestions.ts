import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

export type Suggestion = { id: string; label: string; note?: string };

const PAUSE_MS = 200;

/** What fits a text, asked for when the typing pauses, and only while `isWanted`. */
export function useSuggestions(
  name: string,
  typed: string,
  isWanted: boolean,
  find: (search: string) => Promise<Suggestion[]>,
): { found: Suggestion[]; isPending: boolean } {
  const [search, setSearch] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const query = useQuery({
    queryKey: ["suggestions", name, search],
    queryFn: () => find(search),
    enabled: isWanted,
    placeholderData: (before) => before,
  });
  return { found: query.data ?? [], isPending: query.isPending };
}
