import {
  Bell,
  Boxes,
  ChartColumn,
  Cpu,
  HandCoins,
  KeyRound,
  LayoutDashboard,
  ListTree,
  type LucideIcon,
  ScrollText,
  Settings,
  UserRound,
  Users,
} from "lucide-react";
import type { Messages } from "@/messages/en";
import { may, type Operation, type Viewer } from "./session";

export type NavigationItem = {
  page: keyof Messages["app"]["pages"];
  to: string;
  icon: LucideIcon;
  /** What one must be allowed to call for the page to be of use. */
  needs: Operation | "holder";
};

export type NavigationGroup = { group: keyof Messages["app"]["groups"]; items: NavigationItem[] };

const GROUPS: NavigationGroup[] = [
  {
    group: "spending",
    items: [
      { page: "overview", to: "/", icon: LayoutDashboard, needs: "overview" },
      { page: "costs", to: "/costs", icon: ChartColumn, needs: "byDay" },
      { page: "requests", to: "/requests", icon: ListTree, needs: "listRequests" },
    ],
  },
  {
    group: "access",
    items: [
      { page: "me", to: "/me", icon: UserRound, needs: "holder" },
      { page: "keys", to: "/keys", icon: KeyRound, needs: "listKeys" },
      { page: "budgetRequests", to: "/budget-requests", icon: HandCoins, needs: "listBudgetRequests" },
    ],
  },
  {
    group: "catalog",
    items: [
      { page: "models", to: "/models", icon: Cpu, needs: "listModels" },
      { page: "providers", to: "/providers", icon: Boxes, needs: "listProviders" },
    ],
  },
  {
    group: "control",
    items: [
      { page: "alerts", to: "/alerts", icon: Bell, needs: "listAlerts" },
      { page: "audit", to: "/audit", icon: ScrollText, needs: "listChanges" },
      { page: "settings", to: "/settings", icon: Settings, needs: "getSettings" },
      { page: "admins", to: "/admins", icon: Users, needs: "listAdmins" },
    ],
  },
];

/** The pages that are of use to a viewer, in groups that are not empty. */
export function navigationOf(viewer: Viewer): NavigationGroup[] {
  return GROUPS.map(({ group, items }) => ({ group, items: items.filter((item) => isFor(viewer, item)) })).filter(
    ({ items }) => items.length > 0,
  );
}

function isFor(viewer: Viewer, { needs }: NavigationItem): boolean {
  return needs === "holder" ? viewer.kind === "holder" : may(viewer, needs);
}
