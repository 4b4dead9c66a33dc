/** What to do about a refusal, by the reason that the gateway gives as `code`. */
const hints: Record<string, string> = {
  budget_exhausted: "The key's budget is used up. Raise it, and try again: the next call passes at once.",
  quota_exhausted: "The key's quota is used up until its next window. Raise it, and try again.",
  parent_budget_exhausted: "A key above this one has used up its budget. Raise that one's, and try again.",
  request_exceeds_budget:
    "The call could cost more than the whole limit. Choose a cheaper model, raise the limit, or let the budget be soft.",
  budget_held: "What is left is held by calls under way. Try again in a moment.",
  budget_reserved: "What is left is kept for calls of higher priority. Raise the key's priority, or the limit.",
  downgrade_required: "While the budget is tight, only cheaper models are served.",
  model_not_allowed: "The key, or one above it, may not use this model. Allow it in the key's settings.",
  model_not_priced: "The model has no price yet. Give it one under “Models and prices”.",
  rate_limit_exceeded: "The key's limit for a minute is reached. Try again in a minute.",
  too_many_parallel_requests: "The key has as many calls open as it may. Try again in a moment.",
  key_revoked: "The key, or one above it, was revoked. Reinstate it, and try again.",
  key_expired: "The key, or one above it, has expired. Change its expiry, and try again.",
  provider_authentication: "The provider doesn't accept its API key. Correct it under “Providers”.",
  provider_unavailable: "The provider could not be reached. Test it under “Providers”.",
  provider_timeout: "The provider took too long to answer. Test it under “Providers”.",
  all_providers_failed: "No provider of the model has answered. Test them under “Providers”.",
};

export default {
  firstCall: {
    title: "Try it",
    hint: "A call of a few words with this key. It costs as any other.",
    model: "Model",
    send: "Send a test call",
    raise: "Raise the limit",
    passed: "The call passed",
    noText: "(The model answered without text.)",
    cost: "Cost",
    remaining: "Left of the budget",
    answeredBy: "Model",
    insteadOf: (model: string, asked: string) => `${model}, in place of ${asked}`,
    request: "Request",
    noModel:
      "There is no chat model yet that the key may use. Add a provider, and a model with a price; the key can call it at once.",
    hints,
  },
};
