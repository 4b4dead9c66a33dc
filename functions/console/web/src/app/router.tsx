import { createRoute, createRouter } from "@tanstack/react-router";
import { adminsRoutes } from "@/features/admins/routes";
import { alertsRoutes } from "@/features/alerts/routes";
import { auditRoutes } from "@/features/audit/routes";
import { budgetRequestsRoutes } from "@/features/budget-requests/routes";
import { costsRoutes } from "@/features/costs/routes";
import { holderRoutes } from "@/features/holder/routes";
import { keyPageRoutes } from "@/features/key-page/routes";
import { keysRoutes } from "@/features/keys/routes";
import { modelsRoutes } from "@/features/models/routes";
import { overviewRoutes } from "@/features/overview/routes";
import { providersRoutes } from "@/features/providers/routes";
import { requestsRoutes } from "@/features/requests/routes";
import { settingsRoutes } from "@/features/settings/routes";
import { signInRoutes } from "@/features/sign-in/routes";
import { CONSOLE_PATH } from "./base";
import { CrashedPage, NotFoundPage } from "./FailurePages";
import { rootRoute, shellRoute } from "./shellRoute";

/** What is no page is said within the shell, with the navigation to what is one. */
const notFoundRoute = createRoute({ getParentRoute: () => shellRoute, path: "$", component: NotFoundPage });

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    ...overviewRoutes,
    ...costsRoutes,
    ...keysRoutes,
    ...keyPageRoutes,
    ...requestsRoutes,
    ...modelsRoutes,
    ...providersRoutes,
    ...budgetRequestsRoutes,
    ...alertsRoutes,
    ...auditRoutes,
    ...settingsRoutes,
    ...adminsRoutes,
    ...holderRoutes,
    notFoundRoute,
  ]),
  ...signInRoutes,
]);

export const router = createRouter({
  routeTree,
  basepath: CONSOLE_PATH,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: CrashedPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
