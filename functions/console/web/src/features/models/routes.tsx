import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const modelsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "models",
    component: lazyRouteComponent(() => import("./ModelsPage"), "ModelsPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "models/$modelId",
    component: lazyRouteComponent(() => import("./ModelPage"), "ModelPage"),
  }),
] as const;
