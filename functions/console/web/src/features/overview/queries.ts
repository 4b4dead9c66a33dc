import { useQuery } from "@tanstack/react-query";
import { admin, answered } from "@/api/client";
import { useSession } from "@/app/session";
import { monthStart } from "@/ui/days";

const MINUTE_MS = 60_000;
const TOP = 6;
const WORST = 5;
const MOST_REQUESTS = 100;

/** The present month's totals, days and largest keys, models and owners. */
export function useMonth(today: string | undefined) {
  const query = { from: today && monthStart(today), to: today, top: TOP };
  return useQuery({
    queryKey: ["costs", "overview", query],
    queryFn: () => answered(admin.GET("/costs/overview", { params: { query } })),
    enabled: today !== undefined,
    staleTime: MINUTE_MS,
    refetchInterval: MINUTE_MS,
  });
}

/** Whose budgets are used up or nearly so, now. */
export function useBudgetHealth() {
  return useQuery({
    queryKey: ["costs", "budget-health", WORST],
    queryFn: () => answered(admin.GET("/costs/budget-health", { params: { query: { limit: WORST } } })),
    refetchInterval: MINUTE_MS,
  });
}

/** How many holders wait for an answer; at most a page is counted, and `isMore` says so. */
export function useOpenBudgetRequests() {
  return useQuery({
    queryKey: ["budget-requests", "open"],
    queryFn: async () => {
      const query = { state: "pending" as const, limit: MOST_REQUESTS };
      const page = (await answered(admin.GET("/budget-requests", { params: { query } }))) as {
        data: unknown[];
        nextCursor: string | null;
      };
      return { count: page.data.length, isMore: page.nextCursor !== null };
    },
    refetchInterval: MINUTE_MS,
  });
}

/** What a new stack has already: asked only where there was no use yet. */
export function useFirstSteps(isWanted: boolean) {
  const { can } = useSession();
  return useQuery({
    queryKey: ["first-steps"],
    queryFn: async () => {
      const query = { limit: 1 };
      const [providers, models, keys] = await Promise.all([
        answered(admin.GET("/providers", { params: { query } })),
        answered(admin.GET("/models", { params: { query } })),
        answered(admin.GET("/apiKey", { params: { query } })),
      ]);
      return {
        provider: providers.data.length > 0,
        model: models.data.length > 0,
        key: keys.data.length > 0,
      };
    },
    enabled: isWanted && can("listProviders"),
  });
}
