import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const costsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "costs",
    component: lazyRouteComponent(() => import("./CostsPage"), "CostsPage"),
  }),
] as const;
