"""The last calls of the demo company, through the gateway itself: some of them are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.stack import Stack

_TIMEOUT_SECONDS = 30
_PROMPT = "Summarise what has changed in the catalogue since yesterday, for the person who takes over."
_OPENAI, _ANTHROPIC, _EMBEDDING = "/chat/completions", "/messages", "/embeddings"


@dataclass(frozen=True)
class Wanted:
    """So many calls of a key; `status` is what the last of them is answered."""

    key: str
    model: str
    path: str = _OPENAI
    calls: int = 1
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)


_STREAM = {"stream": True}
CALLS = (
    Wanted("search-api (production)", "gpt-4.1-mini", calls=6),
    Wanted("search-api (production)", "gpt-4.1", calls=3, body=_STREAM),
    Wanted("search-indexer", "embed-multilingual-3", _EMBEDDING, 3),
    Wanted("ci-code-review", "claude-opus-4-5", _ANTHROPIC, 4),
    Wanted("ci-code-review", "claude-sonnet-4-5", _ANTHROPIC, 3, body=_STREAM),
    Wanted("Platform: on-call assistant", "claude-haiku-4-5", _ANTHROPIC, 2),
    Wanted("Platform: on-call assistant", "claude-haiku-4-5", _ANTHROPIC, 1, body=_STREAM),
    Wanted("ticket-summaries", "llama-3.3-70b", calls=3),
    Wanted("review-moderation", "gpt-4.1-mini", calls=3),
    Wanted("sql-assistant", "gpt-4.1", calls=2),
    Wanted("Partner North: storefront", "gpt-4.1", calls=2),
    Wanted("Partner South: storefront", "llama-3.3-70b", calls=2),
    Wanted("Forecasting: demand agent", "o4-mini", calls=2),
    # A provider that fails, and the one that then serves the call.
    Wanted("checkout-fraud-notes", "gpt-4.1", calls=2, body={"mock": {"status": 503}}, status=503),
    # Refused: for its budget, its priority, its model, or because the key is no more.
    Wanted("support-chatbot", "gpt-4.1-mini", calls=2, status=429),
    Wanted("nightly-evaluations", "o4-mini", calls=2, status=429),
    Wanted("sql-assistant", "o4-mini", status=403),
    Wanted("Checkout: contractor", "claude-haiku-4-5", _ANTHROPIC, status=401),
    Wanted("Mobile: crash triage", "claude-haiku-4-5", _ANTHROPIC, status=401),
)


def make(stack: Stack, secrets: Mapping[str, str]) -> dict[str, list[tuple[int, str]]]:
    """By key, the status and the id of each call."""
    made: dict[str, list[tuple[int, str]]] = {}
    with httpx.Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
        for wanted in CALLS:
            for number in range(wanted.calls):
                answer = client.post(
                    f"{stack.base_url}{wanted.path}",
                    headers={"Authorization": f"Bearer {secrets[wanted.key]}"},
                    json=_body(wanted, number),
                )
                made.setdefault(wanted.key, []).append(
                    (answer.status_code, answer.headers.get("x-request-id", ""))
                )
    return made


def _body(wanted: Wanted, number: int) -> dict[str, Any]:
    text = f"{_PROMPT} ({number + 1})"
    if wanted.path == _EMBEDDING:
        return {"model": wanted.model, "input": [text] * 4}
    asked = {"model": wanted.model, "messages": [{"role": "user", "content": text}], **wanted.body}
    return {**asked, "max_tokens": 300} if wanted.path == _ANTHROPIC else asked
