import type { Schemas } from "@/api/client";
import type { KeyState } from "./states";

type Names<Value extends string> = Record<Value, string>;

const priorities: Names<Schemas["Priority"]> = { low: "Low", normal: "Normal", high: "High", critical: "Critical" };

export default {
  filters: {
    search: "Search",
    searchHint: "Name, ID, owner, tag or external ID",
    any: "Any",
    status: "Status",
    statuses: { active: "Active", revoked: "Revoked", expired: "Expired" } as Names<Schemas["KeyStatus"]>,
    budgetState: "Budget",
    budgetStates: {
      exhausted: "Used up",
      near: "Nearly used up",
      fine: "Enough left",
      unlimited: "Unlimited",
    } as Names<Schemas["BudgetState"]>,
    priority: "Priority",
    priorities,
    more: "More filters",
    owner: "Owner",
    ownerHint: "Whole e-mail address",
    tag: "Tag",
    tagHint: "name or name=value",
    parentId: "Right below the key",
    externalId: "External ID",
    clear: "Clear",
  },
  states: {
    names: {
      revoked: "Revoked",
      expired: "Expired",
      blocked: "Blocked",
      near: "Near its limit",
      downgrading: "Downgrading",
      unlimited: "Unlimited",
    } as Names<KeyState>,
    hints: {
      revoked: "It was revoked: all calls with it are refused.",
      expired: "Its time is over: all calls with it are refused.",
      blocked: "Its budget or quota is used up: calls that cost anything are refused.",
      near: "Its budget or quota is nearly used up.",
      downgrading: "While its budget is tight, calls are served by a cheaper model.",
      unlimited: "It has neither a budget nor a quota of its own. What keys above it have still counts.",
    } as Names<KeyState>,
  },
  list: {
    tree: "All keys, as a tree",
    found: "Keys that were found",
    columns: {
      name: "Key",
      budget: "One-time budget",
      quota: "Quota",
      owner: "Owner",
      priority: "Priority",
      lastUsed: "Last used",
      actions: "Actions",
    },
    periods: { day: "a day", week: "a week", month: "a month" } as Names<Schemas["Period"]>,
    priorities,
    of: "of",
    noLimit: "no limit",
    resets: "resets",
    noOwner: "none",
    neverUsed: "never",
    select: (name: string) => `Select ${name}`,
    selectAll: "Select all that are shown",
    selectNone: "Clear the selection",
    open: (name: string, count: number) => `Show what is below ${name} (${count})`,
    close: (name: string) => `Hide what is below ${name}`,
    actionsOf: (name: string) => `Actions for ${name}`,
    loadingBelow: (name: string) => `Loading what is below ${name}`,
    moreBelow: (name: string, count: number) =>
      count > 0 ? `Show more below ${name} (${count} left)` : `Show more below ${name}`,
    loadingRoots: (count: number) => `Looking for further keys; ${count} so far`,
    searching: (count: number) => `Searching all keys; ${count} found so far`,
    foundSoFar: (count: number) => (count === 0 ? "None found so far." : `${count} found so far.`),
    searchOn: "Search on",
    nothingFound: "No key fits",
    nothingFoundHint: "All keys were searched. Try fewer filters, or a part of the name.",
    clear: "Clear the filters",
    menu: { open: "Open", copyId: "Copy the ID", createBelow: "New key below" },
    empty: {
      title: "There are no keys yet",
      hint: "A key is what a program, a person or a team calls models with. It has a budget that is enforced, and keys of its own below it, if you like. Create one, and make the first call from here.",
      hintForViewers: "A key is what a program, a person or a team calls models with. An operator can create one.",
      action: "Create the first key",
    },
  },
};
