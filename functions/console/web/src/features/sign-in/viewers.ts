import { admin, answered, client } from "@/api/client";
import type { Viewer } from "@/app/session";

/** How the secrets of client keys begin. */
const CLIENT_KEY = "sk-tg-";

/** Whose token it is: an admin's, or a client key's holder. Raises ApiError if nobody's. */
export async function viewerOf(token: string): Promise<Viewer> {
  const headers = { authorization: `Bearer ${token}` };
  if (token.startsWith(CLIENT_KEY)) {
    const { keyId, name } = await answered(client.GET("/usage", { headers }));
    return { kind: "holder", keyId, name };
  }
  const { id, name, role, expiresAt } = await answered(admin.GET("/admins/me", { headers }));
  return { kind: "admin", id, name, role, expiresAt };
}
