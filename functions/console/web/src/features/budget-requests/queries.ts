import { useQueryClient } from "@tanstack/react-query";
import { admin, answered, fetchAs, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";
import { type Filter, nextQuery, queryOf } from "./filter";

export type BudgetRequest = Schemas["BudgetRequestView"];

export function useBudgetRequests(filter: Filter) {
  return useList(["budget-requests", filter], async (cursor) => {
    const params = { query: { ...queryOf(filter), cursor } };
    // It could be CSV, too, but only if that is asked for.
    const page = await answered(admin.GET("/budget-requests", { params }));
    const { data, nextCursor } = page as Schemas["Page_BudgetRequestView_"];
    return { items: data, nextCursor };
  });
}

export function getRequest(id: string): Promise<BudgetRequest> {
  return answered(admin.GET("/budget-requests/{request_id}", { params: { path: { request_id: id } } }));
}

export function approve(id: string, body: Partial<Schemas["Approval"]>): Promise<BudgetRequest> {
  const params = { path: { request_id: id } };
  return answered(admin.POST("/budget-requests/{request_id}/approve", { params, body: body as Schemas["Approval"] }));
}

export function deny(id: string, reason: string): Promise<BudgetRequest> {
  const params = { path: { request_id: id } };
  return answered(admin.POST("/budget-requests/{request_id}/deny", { params, body: { reason } }));
}

/** What is to be read anew when a request was decided: the lists, and the keys' limits. */
export function useDecided(): () => void {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ["budget-requests"] });
    void queries.invalidateQueries({ queryKey: ["keys"] });
  };
}

/** All requests of a filter as CSV. The API answers it by the page, each with a link to the next one. */
export async function fetchCsv(
  filter: Filter,
  onPage: (pages: number) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const parts: string[] = [];
  let query: string | null = new URLSearchParams({ ...queryOf(filter), limit: "100", format: "csv" }).toString();
  while (query !== null) {
    const response = await fetchAs(`admin:/budget-requests?${query}`, { signal });
    const text = await response.text();
    // The names of the columns are in the first part alone.
    parts.push(parts.length === 0 ? text : text.slice(text.indexOf("\r\n") + 2));
    onPage(parts.length);
    query = nextQuery(response.headers.get("link"));
  }
  return parts;
}
