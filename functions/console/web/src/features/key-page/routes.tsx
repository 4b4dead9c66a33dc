import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { isTab, type TabId } from "./tabIds";

export const keyPageRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "keys/$keyId",
    validateSearch: (search: Record<string, unknown>): { tab?: TabId } =>
      isTab(search.tab) ? { tab: search.tab } : {},
    component: lazyRouteComponent(() => import("./KeyPage"), "KeyPage"),
  }),
] as const;
