import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const holderRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "me",
    component: lazyRouteComponent(() => import("./HolderPage"), "HolderPage"),
  }),
] as const;
