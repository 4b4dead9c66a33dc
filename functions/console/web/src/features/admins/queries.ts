import { useQueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";

export type Admin = Schemas["AdminView"];
export type IssuedAdmin = Schemas["IssuedAdminView"];

export function useAdmins() {
  return useList(["admins"], async (cursor) => {
    const { data, nextCursor } = await answered(admin.GET("/admins", { params: { query: { cursor } } }));
    return { items: data, nextCursor };
  });
}

export function useAdminsChanged(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: ["admins"] });
}

export function getAdmin(id: string): Promise<Admin> {
  return answered(admin.GET("/admins/{admin_id}", { params: { path: { admin_id: id } } }));
}

export function createAdmin(body: Schemas["AdminCreation"]): Promise<IssuedAdmin> {
  return answered(admin.POST("/admins", { body }));
}

export function editAdmin({ id, revision }: Admin, body: Partial<Schemas["AdminEdit"]>): Promise<Admin> {
  return answered(admin.PATCH("/admins/{admin_id}", { params: at(id, revision), body: body as Schemas["AdminEdit"] }));
}

export function rotateToken({ id, revision }: Admin): Promise<IssuedAdmin> {
  return answered(admin.POST("/admins/{admin_id}/rotate", { params: at(id, revision) }));
}

export function revokeAdmin({ id }: Admin): Promise<Admin> {
  return answered(admin.POST("/admins/{admin_id}/revoke", { params: { path: { admin_id: id } } }));
}

function at(id: string, revision: number) {
  return { path: { admin_id: id }, header: { "If-Match": `"${revision}"` } };
}
