import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const requestsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "requests",
    component: lazyRouteComponent(() => import("./RequestsPage"), "RequestsPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "requests/$requestId",
    component: lazyRouteComponent(() => import("./RequestPage"), "RequestPage"),
  }),
] as const;
