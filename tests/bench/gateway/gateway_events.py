"""Events as API Gateway makes them of calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from tollgate.keys.api_keys import ApiKey

_TEMPLATE = json.loads((ROOT / "tests/events/proxy-chat.json").read_text())
WORDS = 500
TOKENS = 500


def body(*, words: int = WORDS, tokens: int = TOKENS, **members: Any) -> dict[str, Any]:
    """A chat of so many words, which the mock answers with so many tokens."""
    mock = {"completion_tokens": tokens, **members.pop("mock", {})}
    prompt = [{"role": "user", "content": "word " * words}]
    return {"model": "small", "messages": prompt, "mock": mock, **members}


def chat(key: ApiKey, content: dict[str, Any]) -> bytes:
    """The event of a chat by that key."""
    authorization = f"Bearer {key.reveal()}"
    headers = {**_TEMPLATE["headers"], "Authorization": authorization}
    event = {**_TEMPLATE, "headers": headers, "body": json.dumps(content)}
    event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return json.dumps(event).encode()
