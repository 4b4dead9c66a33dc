import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";
import { readFilter } from "./filter";

export const budgetRequestsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "budget-requests",
    validateSearch: readFilter,
    component: lazyRouteComponent(() => import("./BudgetRequestsPage"), "BudgetRequestsPage"),
  }),
] as const;
