import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { onUnauthorized, setToken } from "@/api/client";
import { NEEDED_ROLES } from "@/api/generated/roles";

export type Role = "viewer" | "operator" | "owner";
export type Operation = keyof typeof NEEDED_ROLES;

/** Who looks: an admin of some role, or the holder of a client key. `expiresAt` is when an admin's token ends. */
export type Viewer =
  | { kind: "admin"; id: string; name: string; role: Role; expiresAt: string | null }
  | { kind: "holder"; keyId: string; name: string };

/** Why one is signed out, if not by oneself. */
export type SignOutReason = "expired" | null;

export type Session = {
  viewer: Viewer | null;
  reason: SignOutReason;
  /** Whether the token is kept until the tab is closed. */
  isKept: boolean;
  /** Whether the viewer's role may call an operation of the admin API, by its operationId. */
  can: (operation: Operation) => boolean;
  /** `keep`: until the tab is closed, also over a reload. Otherwise the token is only in memory. */
  signIn: (viewer: Viewer, token: string, keep: boolean) => void;
  signOut: (reason?: SignOutReason) => void;
};

const RANKS: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 };
const STORED = "tollgate.session";

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [viewer, setViewer] = useState<Viewer | null>(restored);
  const [reason, setReason] = useState<SignOutReason>(null);
  const [isKept, setIsKept] = useState(viewer !== null);

  const signOut = useCallback(
    (why: SignOutReason = null) => {
      sessionStorage.removeItem(STORED);
      setToken(null);
      queries.clear();
      setViewer(null);
      setReason(why);
    },
    [queries],
  );

  const signIn = useCallback((who: Viewer, token: string, keep: boolean) => {
    setToken(token);
    setIsKept(keep);
    if (keep) sessionStorage.setItem(STORED, JSON.stringify({ viewer: who, token }));
    setReason(null);
    setViewer(who);
  }, []);

  useEffect(() => onUnauthorized(() => signOut("expired")), [signOut]);

  const session = useMemo<Session>(
    () => ({ viewer, reason, isKept, can: (operation) => may(viewer, operation), signIn, signOut }),
    [viewer, reason, isKept, signIn, signOut],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("There is no SessionProvider above.");
  return session;
}

export function may(viewer: Viewer | null, operation: Operation): boolean {
  return viewer?.kind === "admin" && RANKS[viewer.role] >= RANKS[NEEDED_ROLES[operation]];
}

/** The session that this tab kept over a reload. */
function restored(): Viewer | null {
  const stored = sessionStorage.getItem(STORED);
  if (stored === null) return null;
  try {
    const { viewer, token } = JSON.parse(stored) as { viewer: Viewer; token: string };
    setToken(token);
    return viewer;
  } catch {
    sessionStorage.removeItem(STORED);
    return null;
  }
}
