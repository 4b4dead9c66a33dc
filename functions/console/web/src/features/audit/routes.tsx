import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { filtersOf } from "./filters";

export const auditRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "audit",
    validateSearch: filtersOf,
    component: lazyRouteComponent(() => import("./AuditPage"), "AuditPage"),
  }),
] as const;
