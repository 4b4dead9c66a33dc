"""What clients send, as their versions of November 2026 did: headers, members, tools; the texts are our own.

`docs/clients.md` names the versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_HELLO = [{"role": "user", "content": "Hello there"}]
_TEXT = {"type": "text", "text": "Hello there"}
_CACHED = {"cache_control": {"type": "ephemeral"}}
_PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
_READ = {"name": "read", "description": "Reads a file.", "parameters": _PATH}
_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
_NODE = {
    "accept": "*/*",
    "accept-language": "*",
    "sec-fetch-mode": "cors",
    "accept-encoding": "gzip, deflate",
}
_PYTHON = {
    "accept": "application/json",
    "x-stainless-lang": "python",
    "x-stainless-async": "false",
    "x-stainless-retry-count": "0",
    "x-stainless-read-timeout": "60.0",
}


@dataclass(frozen=True)
class ClientRequest:
    """A request of a client's, for a model of the type `model_type` at a provider of `provider_type`."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    provider_type: str = "openai"
    model_type: str = "chat"
    key_header: str = "authorization"
    ends: str | None = None
    """What its stream ends with; None for an answer in one piece."""

    def authorized(self, secret: str) -> dict[str, str]:
        value = f"Bearer {secret}" if self.key_header == "authorization" else secret
        return {"content-type": "application/json", **self.headers, self.key_header: value}


def _responses(**members: Any) -> dict[str, Any]:
    return {"path": "/v1/responses", "body": members, "ends": '"type":"response.completed"'}


def _messages(**members: Any) -> dict[str, Any]:
    return {
        "path": "/v1/messages",
        "body": {**members, "stream": True},
        "provider_type": "anthropic",
        "ends": '"type":"message_stop"',
    }


CODEX = ClientRequest(
    **_responses(
        stream=True,
        input=[
            {
                "type": "message",
                "id": "msg_fbe0bff2-cf62-5067-8c99-a4da8817ae3a",
                "role": role,
                "content": [{"type": "input_text", "text": "Hello there"}],
            }
            for role in ("developer", "user")
        ],
        tools=[
            {"type": "function", "strict": False, **_READ},
            {
                "type": "custom",
                "name": "apply_patch",
                "description": "Changes files.",
                "format": {"type": "grammar", "syntax": "lark", "definition": 'start: "a"'},
            },
            {
                "type": "tool_search",
                "execution": "client",
                "description": "Finds tools.",
                "parameters": _PATH,
            },
            {"type": "web_search", "external_web_access": False, "search_content_types": ["text", "image"]},
        ],
        tool_choice="auto",
        parallel_tool_calls=True,
        reasoning={"effort": "medium"},
        store=False,
        include=["reasoning.encrypted_content"],
        prompt_cache_key="01a225d1-ab59-7f31-be24-2def9d5ff778",
        text={"verbosity": "low"},
        client_metadata={"session_id": "01a225d1", "x-codex-turn-metadata": '{"model": "another"}'},
    ),
    headers={
        "accept": "text/event-stream",
        "accept-encoding": "zstd,gzip",
        "originator": "codex_exec",
        "session-id": "01a225d1-ab59-7f31-be24-2def9d5ff778",
        "user-agent": "codex_exec/0.171.0 (Debian 12.0.0; x86_64) dumb (codex_exec; 0.171.0)",
        "x-client-request-id": "01a225d1-ab59-7f31-be24-2def9d5ff778",
        "x-codex-beta-features": "remote_compaction_v2",
    },
)

_CLAUDE_CODE_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate, br, zstd",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,thinking-token-count-2026-05-13,"
    "context-management-2025-06-27,prompt-caching-scope-2026-01-05,mid-conversation-system-2026-04-07,"
    "effort-2025-11-24",
    "anthropic-dangerous-direct-browser-access": "true",
    "anthropic-version": "2023-06-01",
    "user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
    "x-app": "cli",
    "x-stainless-lang": "js",
    "x-stainless-retry-count": "0",
    "x-stainless-timeout": "600",
}
CLAUDE_CODE = ClientRequest(
    **{
        **_messages(
            max_tokens=64_000,
            messages=[
                {"role": "user", "content": [_TEXT, {**_TEXT, **_CACHED}]},
                {"role": "system", "content": "Be brief."},
            ],
            system=[_TEXT, {**_TEXT, **_CACHED}],
            tools=[{"name": "read", "description": "Reads a file.", "input_schema": _PATH}],
            metadata={"user_id": '{"session_id": "466c47ac"}'},
            thinking={"type": "adaptive"},
            context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            output_config={"effort": "high"},
        ),
        "path": "/v1/messages?beta=true",
    },
    headers=_CLAUDE_CODE_HEADERS,
)
# What it asks its small model, of the same provider: a search of the web.
CLAUDE_CODE_SEARCH = ClientRequest(
    **{
        **_messages(
            max_tokens=32_000,
            messages=[{"role": "user", "content": [_TEXT]}],
            tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}],
            tool_choice={"type": "tool", "name": "web_search"},
        ),
        "path": "/v1/messages?beta=true",
    },
    headers={
        **_CLAUDE_CODE_HEADERS,
        "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,web-search-2025-03-05",
    },
)

CLIENTS = {
    "Codex": CODEX,
    "Claude Code": CLAUDE_CODE,
    "Claude Code's search": CLAUDE_CODE_SEARCH,
    "AI SDK, openai": ClientRequest(
        **_responses(
            input=[{"role": "user", "content": [{"type": "input_text", "text": "Hello there"}]}], stream=True
        ),
        headers={**_NODE, "user-agent": "ai/6.0.326 ai-sdk/provider-utils/4.0.66 runtime/node.js/v20.20.2"},
    ),
    "AI SDK, openai-compatible": ClientRequest(
        "/v1/chat/completions",
        {
            "messages": _HELLO,
            "tools": [{"type": "function", "function": _READ}],
            "tool_choice": "auto",
            **_STREAMED,
        },
        {**_NODE, "user-agent": "ai-sdk/openai-compatible/2.0.92 ai-sdk/provider-utils/4.0.65"},
        ends="data: [DONE]",
    ),
    "AI SDK, anthropic": ClientRequest(
        **_messages(max_tokens=128_000, messages=[{"role": "user", "content": [_TEXT]}]),
        headers={**_NODE, "anthropic-version": "2023-06-01", "user-agent": "ai-sdk/anthropic/3.0.140"},
        key_header="x-api-key",
    ),
    "AI SDK, embeddings": ClientRequest(
        "/v1/embeddings",
        {"input": ["Hello there"], "encoding_format": "float"},
        {**_NODE, "user-agent": "ai/6.0.326 ai-sdk/provider-utils/4.0.66"},
        model_type="embedding",
    ),
    "LlamaIndex": ClientRequest(
        "/v1/chat/completions",
        {"messages": _HELLO, "stream": False, "temperature": 0.1},
        {**_PYTHON, "user-agent": "OpenAI/Python 2.54.0"},
    ),
    "LlamaIndex, embeddings": ClientRequest(
        "/v1/embeddings",
        {"input": ["Hello there"], "encoding_format": "base64"},
        {**_PYTHON, "user-agent": "OpenAI/Python 2.54.0"},
        model_type="embedding",
    ),
    # Its embeddings, unless told otherwise, send tokens.
    "LangChain, embeddings": ClientRequest(
        "/v1/embeddings",
        {"input": [[9906, 1070]], "encoding_format": "base64"},
        {**_PYTHON, "user-agent": "OpenAI/Python 3.57.0"},
        model_type="embedding",
    ),
    # The model is in the path, and none in the body.
    "LangChain, Azure": ClientRequest(
        "/openai/deployments/{model}/chat/completions?api-version=2024-10-21",
        {"model": None, "stream": False, "messages": _HELLO},
        {**_PYTHON, "user-agent": "langchain-partner-python-azure-openai"},
        key_header="api-key",
    ),
    "LiteLLM, anthropic": ClientRequest(
        **_messages(max_tokens=128_000, messages=[{"role": "user", "content": [_TEXT]}]),
        headers={"anthropic-version": "2023-06-01", "user-agent": "litellm/1.110.2"},
        key_header="x-api-key",
    ),
    "Open WebUI": ClientRequest(
        "/v1/chat/completions",
        {"stream": True, "messages": _HELLO},
        {"accept": "*/*", "accept-encoding": "gzip, deflate, br", "user-agent": "Python/3.11 aiohttp/3.14.5"},
        ends="data: [DONE]",
    ),
    "Continue": ClientRequest(
        "/v1/chat/completions",
        {"messages": _HELLO, "tools": [{"type": "function", "function": _READ}], **_STREAMED},
        {"accept": "application/json", "user-agent": "ls/JS 5.23.2", "x-stainless-lang": "js"},
        ends="data: [DONE]",
    ),
    "Continue, anthropic": ClientRequest(
        **_messages(
            max_tokens=32_000,
            messages=[{"role": "user", "content": [{**_TEXT, **_CACHED}]}],
            system=[{**_TEXT, **_CACHED}],
        ),
        headers={
            "anthropic-beta": "prompt-caching-2024-07-31",
            "anthropic-version": "2023-06-01",
            "user-agent": "node-fetch",
        },
        key_header="x-api-key",
    ),
}
