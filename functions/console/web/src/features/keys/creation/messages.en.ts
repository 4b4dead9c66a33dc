export default {
  creation: {
    title: "New key",
    name: "Name",
    nameHint: "What it is for: a program, a person or a team.",
    owner: "E-mail address of its owner",
    ownerHint: "Alerts about its budget are mailed there.",
    parent: "Parent key",
    parentHint: "None: it stands at the top, and only its own limits count.",
    parentChosen: (limits: string[]) =>
      limits.length === 0
        ? "What it spends counts there, too."
        : `What it spends counts there, too, and its limits are at most ${limits.join(", ")}.`,
    parentsBudget: (amount: string) => `${amount} in total`,
    parentsQuota: (amount: string, period: string) => `${amount} a ${period}`,
    limitsHint:
      "What it may spend: in total, in each day, week or month, or both. Without either, only keys above limit it.",
    budget: "One-time budget",
    budgetHint: "Never resets by itself.",
    quota: "Quota",
    quotaHint: "Starts anew each time.",
    period: "In each",
    periods: { day: "day", week: "week", month: "month" },
    models: "Models",
    modelsHint: "Only these may be called. Empty: every model.",
    more: "All settings",
    moreHint: "Rates, alerts, expiry, prices and policies. What is set above is among them, too.",
    submit: "Create the key",
    useIt: "Use it",
    useItHint: "Choose what you call models with, and paste what it needs.",
    openKey: "Go to the key's page",
    done: "Done",
    exists: (externalId: string) =>
      `There already is a key with the external ID ${externalId}, and just these settings. None was created, and its secret isn't shown again.`,
    leaving: {
      title: "The secret hasn't been copied",
      hint: "It won't be shown again. Without it, the key is of no use until it is rotated.",
      leave: "Leave without it",
      stay: "Stay",
    },
  },
};
