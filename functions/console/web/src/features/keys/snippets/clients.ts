/** What each client needs to call this stack, as text to be pasted. docs/clients.md says more of each. */
import { AGENTS } from "./agents";
import { FRAMEWORKS } from "./frameworks";
import { SDKS } from "./sdks";

/** The API that a client speaks; a model is called by one of them. */
export type Api = "openai" | "anthropic";

type Wanted = {
  /** The stack's URL, without a slash at the end and without `/v1`. */
  stackUrl: string;
  secret: string;
  model: string;
};

export type SnippetPart = {
  /** The file that the text belongs into; a shell's, if there is none. */
  file?: string;
  text: string;
};

export type SnippetClient = {
  id: string;
  /** A product's own name: the same in every language. */
  name: string;
  group: "basics" | "sdks" | "frameworks" | "agents";
  api: Api;
  parts: (wanted: Wanted) => SnippetPart[];
};

const CURL: SnippetClient = {
  id: "curl",
  name: "curl",
  group: "basics",
  api: "openai",
  parts: ({ stackUrl, secret, model }) => [
    {
      text: `curl -i ${stackUrl}/v1/chat/completions \\
  -H 'Authorization: Bearer ${secret}' \\
  -H 'Content-Type: application/json' \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 100}'`,
    },
  ],
};

const CURL_MESSAGES: SnippetClient = {
  id: "curl-messages",
  name: "curl (Anthropic)",
  group: "basics",
  api: "anthropic",
  parts: ({ stackUrl, secret, model }) => [
    {
      text: `curl -i ${stackUrl}/v1/messages \\
  -H 'x-api-key: ${secret}' \\
  -H 'anthropic-version: 2023-06-01' \\
  -H 'Content-Type: application/json' \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 100}'`,
    },
  ],
};

const ENVIRONMENT: SnippetClient = {
  id: "environment",
  name: "OPENAI_BASE_URL",
  group: "basics",
  api: "openai",
  parts: ({ stackUrl, secret }) => [{ text: `export OPENAI_BASE_URL=${stackUrl}/v1\nexport OPENAI_API_KEY=${secret}` }],
};

const ENVIRONMENT_ANTHROPIC: SnippetClient = {
  id: "environment-anthropic",
  name: "ANTHROPIC_BASE_URL",
  group: "basics",
  api: "anthropic",
  parts: ({ stackUrl, secret }) => [
    { text: `export ANTHROPIC_BASE_URL=${stackUrl}\nexport ANTHROPIC_API_KEY=${secret}` },
  ],
};

export const CLIENTS: readonly SnippetClient[] = [
  CURL,
  CURL_MESSAGES,
  ENVIRONMENT,
  ENVIRONMENT_ANTHROPIC,
  ...SDKS,
  ...FRAMEWORKS,
  ...AGENTS,
];

/** What stands where a secret belongs that isn't known any more. */
export const UNKNOWN_SECRET = "sk-tg-YOUR-KEY";
