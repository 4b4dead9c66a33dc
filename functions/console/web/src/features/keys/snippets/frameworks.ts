import type { SnippetClient } from "./clients";

export const FRAMEWORKS: readonly SnippetClient[] = [
  {
    id: "langchain-openai",
    name: "LangChain (OpenAI)",
    group: "frameworks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install langchain-openai" },
      {
        file: "hello.py",
        text: `from langchain_openai import ChatOpenAI

chat = ChatOpenAI(model="${model}", base_url="${stackUrl}/v1", api_key="${secret}")
print(chat.invoke("Say hello.").content)`,
      },
    ],
  },
  {
    id: "langchain-anthropic",
    name: "LangChain (Anthropic)",
    group: "frameworks",
    api: "anthropic",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install langchain-anthropic" },
      {
        file: "hello.py",
        text: `from langchain_anthropic import ChatAnthropic

chat = ChatAnthropic(model="${model}", base_url="${stackUrl}", api_key="${secret}", max_tokens=1000)
print(chat.invoke("Say hello.").content)`,
      },
    ],
  },
  {
    id: "llamaindex",
    name: "LlamaIndex",
    group: "frameworks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install llama-index-llms-openai-like" },
      {
        file: "hello.py",
        text: `from llama_index.llms.openai_like import OpenAILike

llm = OpenAILike(
    "${model}",
    is_chat_model=True,
    context_window=128_000,
    max_retries=0,
    api_base="${stackUrl}/v1",
    api_key="${secret}",
)
print(llm.complete("Say hello."))`,
      },
    ],
  },
  {
    id: "litellm",
    name: "LiteLLM",
    group: "frameworks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "pip install litellm" },
      {
        file: "hello.py",
        text: `import litellm

answer = litellm.completion(
    "openai/${model}",
    [{"role": "user", "content": "Say hello."}],
    api_base="${stackUrl}/v1",
    api_key="${secret}",
)
print(answer.choices[0].message.content)`,
      },
    ],
  },
  {
    id: "ai-sdk-openai",
    name: "AI SDK (OpenAI)",
    group: "frameworks",
    api: "openai",
    parts: ({ stackUrl, secret, model }) => [
      { text: "npm install ai @ai-sdk/openai" },
      {
        file: "hello.mjs",
        text: `import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

const openai = createOpenAI({ baseURL: "${stackUrl}/v1", apiKey: "${secret}" });
const { text } = await generateText({ model: openai.chat("${model}"), prompt: "Say hello.", maxRetries: 0 });
console.log(text);`,
      },
    ],
  },
  {
    id: "ai-sdk-anthropic",
    name: "AI SDK (Anthropic)",
    group: "frameworks",
    api: "anthropic",
    parts: ({ stackUrl, secret, model }) => [
      { text: "npm install ai @ai-sdk/anthropic" },
      {
        file: "hello.mjs",
        text: `import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText } from "ai";

const anthropic = createAnthropic({ baseURL: "${stackUrl}/v1", apiKey: "${secret}" });
const { text } = await generateText({
  model: anthropic("${model}"),
  prompt: "Say hello.",
  maxOutputTokens: 1000,
  maxRetries: 0,
});
console.log(text);`,
      },
    ],
  },
];
