import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const alertsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "alerts",
    component: lazyRouteComponent(() => import("./AlertsPage"), "AlertsPage"),
  }),
] as const;
