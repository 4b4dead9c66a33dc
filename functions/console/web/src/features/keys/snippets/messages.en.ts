export default {
  groups: { basics: "Basics", sdks: "SDKs", frameworks: "Frameworks", agents: "Agents and tools" },
  clients: "Clients",
  model: "Model",
  noModel: (api: string) =>
    `The key may not use any chat model of the API that this client speaks (${api}). Add one under “Models and prices”, or allow it for the key.`,
  noModelName: "MODEL",
  apis: { openai: "OpenAI's", anthropic: "Anthropic's" },
  shell: "In a shell",
  placeholder: (text: string) => `Put the key's secret in place of ${text}: it was shown only when it was made.`,
  keepOut: "Keep the secret out of repositories and chats: whoever has it can spend the key's budget.",
  notes: {
    curl: "The answer's header x-tollgate-cost-usd says what the call cost.",
    "curl-messages": "The answer's header x-tollgate-cost-usd says what the call cost.",
    environment: "OpenAI's SDKs, and most tools that use them, read these two variables.",
    "environment-anthropic": "Anthropic's SDKs read these two variables. The URL is without /v1.",
    "anthropic-python": "The URL is without /v1: this SDK adds it.",
    "anthropic-js": "The URL is without /v1: this SDK adds it.",
    "azure-openai": "The deployment is the model's name in the catalog; the API version may be any.",
    "langchain-anthropic":
      "The URL is without /v1. Without max_tokens it asks for up to 128,000, which a hard budget must cover.",
    "ai-sdk-anthropic":
      "The URL is with /v1 here. Without maxOutputTokens it asks for up to 128,000, which a hard budget must cover.",
    llamaindex: "Without max_retries=0 it asks three times when the budget is used up.",
    aider: "Aider asks nine times when a budget is used up, unless the key answers that with the status 400.",
    cline: "Cline asks six times when a budget is used up, unless the key answers that with the status 400 or 402.",
    continue:
      "Continue asks eleven times when a budget is used up, unless the key answers that with the status 400 or 402.",
    "claude-code":
      "Claude Code also asks a small model in the background: name a cheaper one in the fourth line, if the key may use it. If several people share the key, let each have one of their own.",
    codex:
      "Codex tells why a call was refused only if the key's status for a used-up budget is 400. It needs a model that is served by the Responses API.",
    "open-webui": "The variables count at the first start only. All of its users share the key.",
  } as Record<string, string>,
};
