import type { Change, Skipped } from "./changes";

type Kind = Change["kind"];

const keys = (count: number) => (count === 1 ? "1 key" : `${count} keys`);

export default {
  bulk: {
    label: "What to do with the selected keys",
    chosen: (count: number) => `${count} selected`,
    clear: "Clear the selection",
    acts: {
      raise: "Raise limit",
      tag: "Set tag",
      owner: "Owner",
      priority: "Priority",
      export: "CSV",
      reinstate: "Reinstate",
      revoke: "Revoke",
    } as Record<Kind | "export", string>,
    titles: {
      raise: (count) => `Raise the limit of ${keys(count)}`,
      tag: (count) => `Set a tag of ${keys(count)}`,
      owner: (count) => `Change the owner of ${keys(count)}`,
      priority: (count) => `Change the priority of ${keys(count)}`,
      reinstate: (count) => `Reinstate ${keys(count)}`,
      revoke: (count) => `Revoke ${keys(count)}`,
    } as Record<Kind, (count: number) => string>,
    apply: (count: number) => `Apply to ${keys(count)}`,
    revocation:
      "Calls with these keys, and with all keys below them, are refused from now on. Nothing is deleted, and they can be reinstated.",
    reinstatement: "Calls with those that are revoked are let in again, as far as their budgets allow.",
    raiseHint: "Each key's own limit is raised. Those that have no such limit are left alone.",
    limit: "Limit",
    limits: { budget: "One-time budget", quota: "Quota of each day, week or month" },
    by: "By",
    unit: "In",
    units: { usd: "USD", percent: "percent" },
    notAnAmount: "A number above 0, such as 12.50",
    tagName: "Name of the tag",
    tagNameHasEquals: "A tag's name has no equals sign",
    tagValue: "Value",
    removeTag: "Take this tag away instead",
    ownerEmail: "E-mail address",
    ownerEmailHint: "Alerts about the keys go there.",
    removeOwner: "Have no owner",
    priorityHint: "It is never higher than that of the key above.",
    progress: (done: number, of: number) => `${done} of ${of} done`,
    stop: "Stop",
    goOn: (count: number) => `Go on with the other ${count}`,
    retry: (count: number) => `Try the ${count} again`,
    account: (done: number, skipped: number, failed: number, rest: number) =>
      [
        `${done} done`,
        skipped > 0 && `${skipped} left as they were`,
        failed > 0 && `${failed} failed`,
        rest > 0 && `stopped before ${rest}`,
      ]
        .filter(Boolean)
        .join(", "),
    accountLabel: "Keys that were not changed",
    skipped: {
      isSo: "was so already",
      hasNoBudget: "has no budget of its own",
      hasNoQuota: "has no quota of its own",
    } as Record<Skipped, string>,
    changedMeanwhile: "someone else has changed it since the list was loaded",
  },
  exporting: {
    open: "Export CSV",
    title: "Keys as CSV",
    reading: (count: number) => `${count} keys read`,
    ready: (count: number) => `${keys(count)}, as they are now`,
    stopped: (count: number) => `Stopped after ${keys(count)}`,
    stop: "Stop",
    save: "Save keys.csv",
  },
};
