import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { searchOf } from "./search";

export const alertsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "alerts",
    validateSearch: searchOf,
    component: lazyRouteComponent(() => import("./AlertsPage"), "AlertsPage"),
  }),
] as const;
