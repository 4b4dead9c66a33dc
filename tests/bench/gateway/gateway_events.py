"""Events as API Gateway makes them of calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.keys.api_keys import ApiKey

_TEMPLATE = json.loads((ROOT / "tests/events/proxy-chat.json").read_text())
CHAT, EMBEDDINGS, ESTIMATE = "chat/completions", "embeddings", "estimate"
WORDS = 500
TOKENS = 500
_SENTENCE = "The quick brown fox doesn't jump over the lazy dog's 25 bowls; `config.value` said: \"no\". "
_MESSAGES, _TOOLS = 149, 40


def body(*, words: int = WORDS, tokens: int = TOKENS, **members: Any) -> dict[str, Any]:
    """A chat of so many words, which the mock answers with so many tokens."""
    mock = {"completion_tokens": tokens, **members.pop("mock", {})}
    prompt = [{"role": "user", "content": "word " * words}]
    return {"model": "small", "messages": prompt, "mock": mock, **members}


def agents_body() -> dict[str, Any]:
    """A chat of an agent: 98 KB of messages, and 40 tools, answered in a few words."""
    messages = [
        {"role": ("user", "assistant")[n % 2], "content": f"{_SENTENCE * 4}{n}"} for n in range(_MESSAGES)
    ]
    return body(messages=messages, tools=[_tool(number) for number in range(_TOOLS)], tokens=20)


def _tool(number: int) -> dict[str, Any]:
    members = {f"field_{n}": {"type": "string", "description": "As it is in the form"} for n in range(8)}
    function = {"name": f"tool_{number}", "description": _SENTENCE * 3, "parameters": {"properties": members}}
    return {"type": "function", "function": function}


def embeddings(*, words: int = WORDS) -> dict[str, Any]:
    return {"model": "vectors", "input": "word " * words}


def call(key: ApiKey, content: dict[str, Any], path: str = CHAT, **added: str) -> bytes:
    """The event of a call below /v1 by that key, with headers besides the usual ones."""
    headers: Mapping[str, str] = {
        **_TEMPLATE["headers"],
        "Authorization": f"Bearer {key.reveal()}",
        **{name.replace("_", "-"): value for name, value in added.items()},
    }
    event = {
        **_TEMPLATE,
        "path": f"/v1/{path}",
        "pathParameters": {"proxy": path},
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": json.dumps(content),
    }
    return json.dumps(event).encode()
