import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const HOLDER_TABS = ["spending", "keys", "limits", "use"] as const;
export type HolderTab = (typeof HOLDER_TABS)[number];
type HolderSearch = { tab?: HolderTab; days?: 7 | 90; parent?: string };

export const holderRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "me",
  validateSearch: ({ tab, days, parent }: Record<string, unknown>): HolderSearch => ({
    tab: HOLDER_TABS.find((each) => each === tab && each !== "spending"),
    days: days === 7 || days === 90 ? days : undefined,
    parent: typeof parent === "string" && /^key_\w{16}$/.test(parent) ? parent : undefined,
  }),
  component: lazyRouteComponent(() => import("./HolderPage"), "HolderPage"),
});

export const holderRoutes = [holderRoute] as const;
