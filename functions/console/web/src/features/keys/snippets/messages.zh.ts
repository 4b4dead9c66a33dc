import type en from "./messages.en";

export default {
  groups: { basics: "基础", sdks: "SDK", frameworks: "框架", agents: "编程助手与工具" },
  clients: "客户端",
  model: "模型",
  noModel: (api) =>
    `此密钥没有可用的、支持该客户端所用接口（${api}）的对话模型。请在“模型与价格”中添加，或为此密钥放开相应模型。`,
  noModelName: "MODEL",
  apis: { openai: "OpenAI", anthropic: "Anthropic" },
  shell: "在终端中执行",
  placeholder: (text) => `请将 ${text} 替换为密钥明文。明文仅在创建时显示过一次。`,
  keepOut: "请勿将密钥明文提交到代码仓库或发到聊天中：任何人拿到它都可以花费此密钥的预算。",
  notes: {
    curl: "响应头 x-tollgate-cost-usd 给出本次调用的费用。",
    "curl-messages": "响应头 x-tollgate-cost-usd 给出本次调用的费用。",
    environment: "OpenAI 的 SDK 以及大多数基于它的工具都会读取这两个变量。",
    "environment-anthropic": "Anthropic 的 SDK 会读取这两个变量。地址不带 /v1。",
    "anthropic-python": "地址不带 /v1，SDK 会自动补上。",
    "anthropic-js": "地址不带 /v1，SDK 会自动补上。",
    "azure-openai": "deployment 即目录中的模型名称；API 版本可任意填写。",
    "langchain-anthropic":
      "地址不带 /v1。若不设置 max_tokens，它最多会请求 128,000 个输出 token，硬预算须能覆盖这一数额。",
    "ai-sdk-anthropic":
      "此处的地址带 /v1。若不设置 maxOutputTokens，它最多会请求 128,000 个输出 token，硬预算须能覆盖这一数额。",
    llamaindex: "若不设置 max_retries=0，预算用尽时它会请求三次。",
    aider: "预算用尽时 Aider 会重试九次，除非将此密钥的拒绝状态码设为 400。",
    cline: "预算用尽时 Cline 会重试六次，除非将此密钥的拒绝状态码设为 400 或 402。",
    continue: "预算用尽时 Continue 会重试十一次，除非将此密钥的拒绝状态码设为 400 或 402。",
    "claude-code":
      "Claude Code 还会在后台调用一个小模型：如果此密钥可以使用更便宜的模型，请写在第四行。多人共用时，建议每人使用各自的密钥。",
    codex: "只有将预算用尽时的状态码设为 400，Codex 才会显示拒绝原因。所选模型需支持 Responses API。",
    "open-webui": "这些变量只在首次启动时生效。它的所有用户共用此密钥。",
  },
} satisfies typeof en;
