import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shellRoute } from "@/app/shellRoute";

export const budgetRequestsRoutes = [
  createRoute({
    getParentRoute: () => shellRoute,
    path: "budget-requests",
    component: lazyRouteComponent(() => import("./BudgetRequestsPage"), "BudgetRequestsPage"),
  }),
] as const;
