import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const auditRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "audit",
    component: lazyRouteComponent(() => import("./AuditPage"), "AuditPage"),
  }),
] as const;
