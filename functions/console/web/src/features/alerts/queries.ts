import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { type Listed, useList } from "@/api/pages";

export type Alert = Schemas["AlertView"];
export type Delivery = Schemas["DeliveryView"];
export type AlertDefaults = Schemas["AlertDefaultsView"];

const DEFAULTS = ["alerts", "defaults"] as const;

export function useAlerts(keyId: string | undefined): Listed<Alert> {
  return useList(["alerts", "history", keyId ?? null], async (cursor) => {
    const query = { keyId, cursor, limit: 50 };
    const { data, nextCursor } = await answered(admin.GET("/alerts", { params: { query } }));
    return { items: data, nextCursor: nextCursor ?? null };
  });
}

export function fetchDefaults(): Promise<AlertDefaults> {
  return answered(admin.GET("/alerts/defaults"));
}

export function useAlertDefaults() {
  return useQuery({ queryKey: DEFAULTS, queryFn: fetchDefaults });
}

/** Replaces the defaults if they are still of the revision that `wanted` names. */
export function useReplaceDefaults() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wanted: AlertDefaults) => {
      const { revision, ...body } = wanted;
      return answered(
        admin.PUT("/alerts/defaults", {
          headers: { "If-Match": `"${revision}"` },
          body: { ...body, revision: null },
        }),
      );
    },
    onSuccess: (stored) => queries.setQueryData(DEFAULTS, stored),
  });
}

export function useTestAlert() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ keyId, percent }: { keyId: string; percent: number | null }) =>
      answered(admin.POST("/alerts/test", { body: { keyId, percent } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["alerts", "history"] }),
  });
}
