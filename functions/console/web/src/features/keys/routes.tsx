import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const keysRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "keys",
    component: lazyRouteComponent(() => import("./KeysPage"), "KeysPage"),
  }),
] as const;
