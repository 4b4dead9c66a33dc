import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { keysSearch } from "./filters";

export const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import("./KeysPage"), "KeysPage"),
});

export const keysRoutes = [keysRoute] as const;
