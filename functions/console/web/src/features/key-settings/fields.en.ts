import type { DraftField } from "./draft";

/** What each setting is called, and what it does. */
export default {
  name: { label: "Name", hint: "What people call the key, also in mails." },
  parentId: {
    label: "Parent key",
    hint: "Each call is charged to the parent and to every key above it, too, and each of them has to let it in.",
  },
  ownerEmail: { label: "Owner", hint: "Alerts go to this address, and costs are reported under it." },
  costCentre: { label: "Cost centre", hint: "Whom the costs are reported to." },
  externalId: { label: "External ID", hint: "The key's name in a system of yours; no two keys can share one." },
  tags: { label: "Tags", hint: "Costs are reported by them. Up to 20." },
  budgetLimit: {
    label: "One-time budget",
    hint: "USD in all; it never starts anew. Empty is no limit, 0 lets only free models through.",
  },
  quotaLimit: { label: "Quota", hint: "USD in each period. Empty is no quota." },
  quotaPeriod: { label: "Period", hint: "When the quota starts anew." },
  quotaZone: { label: "Time zone", hint: "A period begins at midnight there." },
  quotaStartDay: { label: "Starts on", hint: "The day on which a period begins." },
  quotaCarryUnused: { label: "Carry over what is unused", hint: "The next period gets it on top." },
  quotaCarryOverspend: { label: "Carry over what was overspent", hint: "The next period has that much less." },
  enforcement: {
    label: "Enforcement",
    hint: "Soft: calls already under way may pass the limit by their own cost. Hard: what is used and held together never does.",
  },
  overcommit: {
    label: "Children may add up to more than this key's own limits",
    hint: "Every call still has to fit this key. Without it, the children's limits together stay within this key's.",
  },
  budgetRefusalStatus: {
    label: "Status of refusals for want of budget",
    hint: "Some clients retry a 429 and take a 402 or 400 for final.",
  },
  rpmLimit: { label: "Requests per minute", hint: "More are refused until the next minute. Empty is no limit." },
  tpmLimit: { label: "Tokens per minute", hint: "Of prompts and answers together. Empty is no limit." },
  maxParallel: { label: "Parallel requests", hint: "How many may be open at once, 1 to 1000." },
  allowedModels: { label: "Allowed models", hint: "Only these can be called, by name." },
  safetyLevel: {
    label: "Safety level",
    hint: "0 to 100: models up to that level can be called. Empty is whatever the keys above allow.",
  },
  budgetAlertThresholds: {
    label: "Thresholds",
    hint: "Who is told when that much of a budget or quota is used.",
  },
  alertDebounceSeconds: {
    label: "Pause between alerts",
    hint: "The shortest time between two alerts of one threshold.",
  },
  expiresAt: { label: "Expires", hint: "From then on the key is refused. Empty is never." },
  billingMode: {
    label: "Who pays",
    hint: "Internal: a cost centre, which is shown what it spent. External: a customer, charged by the price terms. Hybrid: a customer whose quota is included in what they pay anyway.",
  },
  overage: { label: "Beyond the quota", hint: "Whether calls are refused, or let in and metered." },
  overageLimit: {
    label: "Metered at most",
    hint: "USD in each period, by what is charged. Empty is no limit.",
  },
  overageFactor: {
    label: "Factor beyond the quota",
    hint: "What is metered costs this many times as much; 1 or more.",
  },
  priceFactor: {
    label: "Factor",
    hint: "Multiplies what the provider bills: 1.15 is a markup of 15 %, 0.9 a discount of 10 %.",
  },
  modelPriceFactors: { label: "Factors of models", hint: "Go before the factor above." },
  scheduledPriceFactors: {
    label: "Factors for a time",
    hint: "Go before all others, from their beginning until just before their end. The first one that applies counts.",
  },
  minimumFee: { label: "Minimum fee", hint: "USD that a call costs at least, if it isn't free." },
  priority: {
    label: "Priority",
    hint: "Decides about reserves of shared budgets, and permits automatic increases. Never above the parent's.",
  },
  priorityReserves: {
    label: "Keep part of the budgets for higher priorities",
    hint: "Applies to calls of this key and of all keys below it. Critical calls are always let in to the end.",
  },
  automaticIncrease: {
    label: "Raise the limits automatically",
    hint: "For a time, when a call would be refused for want of budget. In effect at priority high or critical.",
  },
  downgrade: {
    label: "Use cheaper models while a budget is nearly used",
    hint: "Applies to calls of this key and of all keys below it. Answers say which model served.",
  },
  keepBodies: {
    label: "Keep requests and answers",
    hint: "What was sent and answered is stored with the request log, for operators to read; each look is audited.",
  },
  manageChildren: {
    label: "The holder may manage keys below this one",
    hint: "Create, change and revoke them and decide their budget requests, within this key's limits.",
  },
} satisfies Record<DraftField, { label: string; hint: string }> as Record<DraftField, { label: string; hint: string }>;
