import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const keyPageRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "keys/$keyId",
    component: lazyRouteComponent(() => import("./KeyPage"), "KeyPage"),
  }),
] as const;
