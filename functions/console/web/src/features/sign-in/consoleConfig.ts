import { useQuery } from "@tanstack/react-query";
import { CONSOLE_URL } from "@/app/base";
import type { Oidc } from "./oidc";

/** How the deployment has viewers sign in. */
type ConsoleConfig = { oidc: Oidc | null };

export async function readConfig(): Promise<ConsoleConfig> {
  const response = await fetch(`${CONSOLE_URL}/config.json`);
  if (!response.ok) throw new Error(response.statusText);
  return (await response.json()) as ConsoleConfig;
}

/** The issuer at which viewers sign in; null if there is none, undefined until that is known. */
export function useOidc(): Oidc | null | undefined {
  const { data, isError } = useQuery({ queryKey: ["console-config"], queryFn: readConfig, staleTime: Infinity });
  return isError ? null : data?.oidc;
}
