import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const providersRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "providers",
    component: lazyRouteComponent(() => import("./ProvidersPage"), "ProvidersPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "providers/$providerId",
    component: lazyRouteComponent(() => import("./ProviderPage"), "ProviderPage"),
  }),
] as const;
