import { useQuery } from "@tanstack/react-query";
import { CONSOLE_URL, STACK_URL } from "@/app/base";
import type { Oidc } from "./oidc";

/** How the deployment has viewers sign in, and where calls are served if not beside the console. */
type ConsoleConfig = { oidc: Oidc | null; callsUrl: string | null };

export async function readConfig(): Promise<ConsoleConfig> {
  const response = await fetch(`${CONSOLE_URL}/config.json`);
  if (!response.ok) throw new Error(response.statusText);
  return (await response.json()) as ConsoleConfig;
}

/** The issuer at which viewers sign in; null if there is none, undefined until that is known. */
export function useOidc(): Oidc | null | undefined {
  const { data, isError } = useConfig();
  return isError ? null : data?.oidc;
}

/** The root of the API that keys are for, without a slash at the end. */
export function useCallsUrl(): string {
  return useConfig().data?.callsUrl?.replace(/\/$/, "") ?? STACK_URL;
}

function useConfig() {
  return useQuery({ queryKey: ["console-config"], queryFn: readConfig, staleTime: Infinity });
}
