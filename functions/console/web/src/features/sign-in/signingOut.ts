import { useSession } from "@/app/session";
import { readConfig } from "./consoleConfig";
import { signOutUrl } from "./oidc";

/** Signs the viewer out; who has signed in at an issuer is signed out there, too. */
export function useSigningOut(): () => void {
  const { viewer, signOut } = useSession();
  return () => {
    signOut();
    if (viewer?.kind === "admin" && isIssuers(viewer.id)) void leaveIssuer();
  };
}

/** Whether an admin of this id has signed in at the issuer. */
export function isIssuers(adminId: string): boolean {
  return adminId.startsWith("oidc:");
}

async function leaveIssuer(): Promise<void> {
  try {
    const { oidc } = await readConfig();
    const url = oidc === null ? null : await signOutUrl(oidc);
    if (url !== null) window.location.assign(url);
  } catch {
    // Here the viewer is signed out in any case.
  }
}
