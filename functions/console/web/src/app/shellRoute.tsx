import { createRootRoute, createRoute, Outlet } from "@tanstack/react-router";
import { CrashedPage, NotFoundPage } from "./FailurePages";
import { Shell } from "./Shell";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashedPage,
});

/** The parent of every page that is seen signed in: navigation around it. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell });
