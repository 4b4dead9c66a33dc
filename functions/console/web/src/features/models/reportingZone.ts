import { useQuery } from "@tanstack/react-query";
import { admin, answered } from "@/api/client";

/** The zone by whose days costs are kept; null until it is known. It is the deployment's, and stays. */
export function useReportingZone(): string | null {
  const { data } = useQuery({
    queryKey: ["reporting-zone"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => (await answered(admin.GET("/costs/overview", { params: { query: { top: 1 } } }))).zone,
  });
  return data ?? null;
}
