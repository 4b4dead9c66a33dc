import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { parseBillSearch } from "./bills/billSearch";
import { parseSearch } from "./search";

export const costsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "costs",
    validateSearch: parseSearch,
    component: lazyRouteComponent(() => import("./CostsPage"), "CostsPage"),
  }),
  createRoute({
    getParentRoute: () => shellRoute,
    path: "costs/bills",
    validateSearch: parseBillSearch,
    component: lazyRouteComponent(() => import("./bills/BillsPage"), "BillsPage"),
  }),
] as const;
