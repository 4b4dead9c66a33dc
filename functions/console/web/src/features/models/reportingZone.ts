import { useQuery } from "@tanstack/react-query";
import { settingsQuery } from "@/features/key-settings/queries";

/** The zone by whose days costs are kept; null until it is known. It is the deployment's, and stays. */
export function useReportingZone(): string | null {
  const { data } = useQuery(settingsQuery);
  return data?.deployment.reportingZone ?? null;
}
