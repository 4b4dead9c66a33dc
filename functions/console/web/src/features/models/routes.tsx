import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

/** What the list is filtered by, in its URL. */
export type ModelsSearch = { q?: string; provider?: string; unpriced?: true };

export const modelsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "models",
    validateSearch: (search: Record<string, unknown>): ModelsSearch => ({
      ...(typeof search.q === "string" && search.q !== "" ? { q: search.q } : {}),
      ...(typeof search.provider === "string" && search.provider !== "" ? { provider: search.provider } : {}),
      ...(search.unpriced === true ? { unpriced: true } : {}),
    }),
    component: lazyRouteComponent(() => import("./ModelsPage"), "ModelsPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "models/$modelId",
    component: lazyRouteComponent(() => import("./ModelPage"), "ModelPage"),
  }),
] as const;
