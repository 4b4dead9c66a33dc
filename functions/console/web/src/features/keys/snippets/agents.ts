import type { SnippetClient } from "./clients";

export const AGENTS: readonly SnippetClient[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    group: "agents",
    api: "anthropic",
    parts: ({ stackUrl, secret, model }) => [
      {
        text: `export ANTHROPIC_BASE_URL=${stackUrl}
export ANTHROPIC_AUTH_TOKEN=${secret}
export ANTHROPIC_MODEL=${model}
export ANTHROPIC_DEFAULT_HAIKU_MODEL=${model}
export CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1
claude`,
      },
    ],
  },
  {
    id: "codex",
    name: "Codex CLI",
    group: "agents",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      {
        file: "~/.codex/config.toml",
        text: `model = "${model}"
model_provider = "tollgate"
web_search = "disabled"

[model_providers.tollgate]
name = "Tollgate"
base_url = "${stackUrl}/v1"
env_key = "TOLLGATE_API_KEY"
wire_api = "responses"`,
      },
      { text: `export TOLLGATE_API_KEY=${secret}\ncodex` },
    ],
  },
  {
    id: "aider",
    name: "Aider",
    group: "agents",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      {
        text: `export OPENAI_API_BASE=${stackUrl}/v1
export OPENAI_API_KEY=${secret}
aider --model openai/${model} --weak-model openai/${model}`,
      },
    ],
  },
  {
    id: "cline",
    name: "Cline",
    group: "agents",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: `cline auth -p openai-compatible -k ${secret} -m ${model} -b ${stackUrl}/v1` },
    ],
  },
  {
    id: "continue",
    name: "Continue",
    group: "agents",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      {
        file: "~/.continue/config.yaml",
        text: `models:
  - name: Tollgate
    provider: openai
    model: ${model}
    apiBase: ${stackUrl}/v1
    apiKey: ${secret}
    roles: [chat, edit, apply]`,
      },
    ],
  },
  {
    id: "open-webui",
    name: "Open WebUI",
    group: "agents",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      {
        file: ".env",
        text: `OPENAI_API_BASE_URL=${stackUrl}/v1\nOPENAI_API_KEY=${secret}\nTASK_MODEL_EXTERNAL=${model}`,
      },
    ],
  },
];
