import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const adminsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "admins",
    component: lazyRouteComponent(() => import("./AdminsPage"), "AdminsPage"),
  }),
] as const;
