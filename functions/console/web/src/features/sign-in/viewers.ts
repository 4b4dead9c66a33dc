import { admin, answered, fetchAs } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { Viewer } from "@/app/session";

/** Whose token it is: an admin's, else a client key's holder. Raises ApiError if nobody's. */
export async function viewerOf(token: string): Promise<Viewer> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    const { id, name, role } = await answered(admin.GET("/admins/me", { headers }));
    return { kind: "admin", id, name, role };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  await fetchAs("client:/usage", { headers });
  return { kind: "holder" };
}
