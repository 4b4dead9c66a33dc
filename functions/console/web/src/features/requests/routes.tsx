import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { filtersOf } from "./filters";

export const requestsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "requests",
    validateSearch: filtersOf,
    component: lazyRouteComponent(() => import("./RequestsPage"), "RequestsPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "requests/$requestId",
    component: lazyRouteComponent(() => import("./RequestPage"), "RequestPage"),
  }),
] as const;
