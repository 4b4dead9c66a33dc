import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { keyQuery } from "@/features/key-settings/queries";
import { type CostsSearch, queryOf } from "./search";

const MINUTE_MS = 60_000;
/** As many groups as there are colours, before "Other". */
export const SHOWN_GROUPS = 8;

/** The present month against the last, its forecast, and which day it is in the reporting zone. */
export function useOutlook() {
  return useQuery({
    queryKey: ["costs", "outlook"],
    queryFn: () => answered(admin.GET("/costs/outlook")),
    staleTime: MINUTE_MS,
  });
}

/** The explorer's figures; those of before stay while others are fetched. */
export function useSeries(search: CostsSearch, today: string | undefined) {
  // Which days a preset is of is not known before the day is.
  const query = today === undefined ? undefined : queryOf(search, today, SHOWN_GROUPS);
  return useQuery({
    queryKey: ["costs", "series", query],
    // In JSON, for no other form was asked for.
    queryFn: async () => (await answered(admin.GET("/costs/series", { params: { query } }))) as Schemas["Series"],
    enabled: query !== undefined,
    placeholderData: keepPreviousData,
    staleTime: MINUTE_MS,
  });
}

/** A key's name; undefined until it is known. */
export function useKeyName(keyId: string | undefined): string | undefined {
  const { data } = useQuery({ ...keyQuery(keyId ?? ""), enabled: keyId !== undefined, staleTime: MINUTE_MS });
  return data?.name;
}

/** A key's bill of a month like `2026-11`. */
export function useBill(keyId: string | undefined, month: string) {
  return useQuery({
    queryKey: ["costs", "bill", keyId, month],
    queryFn: async () =>
      (await answered(
        admin.GET("/apiKey/{key_id}/bill", { params: { path: { key_id: keyId ?? "" }, query: { month } } }),
      )) as Schemas["BillView"],
    enabled: keyId !== undefined,
    staleTime: MINUTE_MS,
  });
}
