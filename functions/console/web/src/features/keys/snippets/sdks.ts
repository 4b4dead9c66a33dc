import type { SnippetClient } from "./clients";

export const SDKS: readonly SnippetClient[] = [
  {
    id: "openai-python",
    name: "OpenAI · Python",
    group: "sdks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install openai" },
      {
        file: "hello.py",
        text: `from openai import OpenAI

client = OpenAI(base_url="${stackUrl}/v1", api_key="${secret}")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`,
      },
    ],
  },
  {
    id: "openai-js",
    name: "OpenAI · JavaScript",
    group: "sdks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "npm install openai" },
      {
        file: "hello.mjs",
        text: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${stackUrl}/v1", apiKey: "${secret}" });
const answer = await client.chat.completions.create({
  model: "${model}",
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.choices[0].message.content);`,
      },
    ],
  },
  {
    id: "azure-openai",
    name: "Azure OpenAI · Python",
    group: "sdks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install openai" },
      {
        file: "hello.py",
        text: `from openai import AzureOpenAI

client = AzureOpenAI(azure_endpoint="${stackUrl}", api_key="${secret}", api_version="2024-10-21")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`,
      },
    ],
  },
  {
    id: "anthropic-python",
    name: "Anthropic · Python",
    group: "sdks",
    api: "anthropic",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install anthropic" },
      {
        file: "hello.py",
        text: `from anthropic import Anthropic

client = Anthropic(base_url="${stackUrl}", api_key="${secret}")
answer = client.messages.create(
    model="${model}",
    max_tokens=100,
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.content[0].text)`,
      },
    ],
  },
  {
    id: "anthropic-js",
    name: "Anthropic · JavaScript",
    group: "sdks",
    api: "anthropic",
    parts: ({ stackUrl, secret, model }) => [
      { text: "npm install @anthropic-ai/sdk" },
      {
        file: "hello.mjs",
        text: `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "${stackUrl}", apiKey: "${secret}" });
const answer = await client.messages.create({
  model: "${model}",
  max_tokens: 100,
  messages: [{ role: "user", content: "Say hello." }],
});
console.log(answer.content[0].text);`,
      },
    ],
  },
];
