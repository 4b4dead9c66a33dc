import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/app/shellRoute";
// Evaluated before the router looks at the URL.
import { CALLBACK_PATH } from "./issuerAnswer";

export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: CALLBACK_PATH,
    component: lazyRouteComponent(() => import("./CallbackPage"), "CallbackPage"),
  }),
] as const;
