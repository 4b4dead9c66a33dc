"""Requests of a client that wants to be served for less than it costs, seeded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.billing_provider import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.title,
    lambda name: name.replace("s", "\u017f"),
    lambda name: name.replace("k", "\u212a"),
    lambda name: "".join(part.title() if place else part for place, part in enumerate(name.split("_"))),
    lambda name: f"{name} ",
)
# What raises the price, by the member that asks for it.
_SWITCHES: dict[str, list[Any]] = {
    "service_tier": [
        "priority",
        "flex",
        "auto",
        "default",
        "PRIORITY",
        "scale",
        "batch",
        None,
        1,
        ["priority"],
    ],
    "speed": ["fast", "standard", "Fast", None, True],
    "inference_geo": ["us", "global", "eu", "US", None],
    "max_tokens": [1, 20, 500, 0, -1, None, 10**9, 20.0, "20", True],
    "max_completion_tokens": [1, 20, -1, None, 10**9],
    "max_output_tokens": [1, 20, 0, None],
    "n": [1, 3, 200, 0, None, -2],
    "best_of": [1, 4, None, -1, "3"],
    "max_new_tokens": [1, 20, 900, -1, None, "900"],
    "num_predict": [1, 900, -1, -2, None],
    "n_predict": [900, -1, 1.0, None],
    "max_gen_len": [900, None],
    "num_return_sequences": [1, 4, None, "4"],
    "candidate_count": [3, 0, None],
    "n_cmpl": [5, -1],
    "options": [{"num_predict": 900}, {"num_predict": -1}, {"num_ctx": 4096}, {"options": {"n": 3}}, None],
    "generation_config": [{"max_output_tokens": 900, "candidate_count": 4}, {"maxOutputTokens": 900}, {}],
    "parameters": [{"max_new_tokens": 900}, {"maxNewTokens": 900}, {"top_k": 3}, None],
    "sampling_params": [{"max_new_tokens": 900}, [{"n": 8}]],
    "extra_body": [
        {"max_tokens": 900},
        {"generation_config": {"max_output_tokens": 900}},
        {"parameters": {"num_predict": -1}},
        {"generationConfig": {"candidateCount": 4}},
        {"n": 3},
        {},
        None,
    ],
    "models": [["dear"], ["plain", "dear"], [], "dear", None, [{"model": "dear"}]],
    "fallbacks": [[{"model": "dear"}], ["dear"], [], None, "dear"],
    "route": ["fallback", None],
    "web_search_options": [{}, {"search_context_size": "high"}, None, False],
    "max_tool_calls": [1, 50, 0, None],
    "cache_control": [{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}, None],
    "stream_options": [{"include_usage": False}, None],
    "modalities": [["text"], ["text", "image"], None],
    "prediction": [{"type": "content", "content": "water " * 50}, None],
    "metadata": [{"Model": "dear", "speed": "fast"}],
}
_TOOLS: list[dict[str, Any]] = [
    {"type": "web_search"},
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    {"type": "web_search_preview"},
    {"type": "web_search_20260209", "name": "web_search"},
    {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}},
    {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {"Model": {}}}},
    {"name": "look", "input_schema": {"type": "object"}},
    {"type": "custom", "name": "free"},
    {"type": "namespace", "name": "n", "tools": [{"type": "web_search"}]},
    {"Type": "web_search", "type": "function", "name": "x"},
    {"type": "Web_Search"},
]


def hostile(random: Random) -> tuple[str, bytes]:
    """The API, and a body for it."""
    api = random.choice(list(PATHS))
    members: list[tuple[str, Any]] = [("model", "plain"), _prompt(api, random)]
    if api == "messages":
        members.append(("max_tokens", random.choice([0, 1, 50, 500])))
    asked = random.sample(list(_SWITCHES), random.randint(0, 4))
    members += [(name, random.choice(_SWITCHES[name])) for name in asked]
    if random.random() < 0.4:
        members.append(("tools", random.sample(_TOOLS, random.randint(1, 3))))
    if random.random() < 0.15:
        # Again, under another spelling or the very same.
        name, value = random.choice(members)
        spellings: tuple[Callable[[str], str], ...] = (*_SPELLINGS, str)
        spelling = random.choice(spellings)
        members.append((spelling(name), random.choice(_SWITCHES.get(name, [value, "dear"]))))
    random.shuffle(members)
    return api, _object(members)


def _object(members: list[tuple[str, Any]]) -> bytes:
    """An object that may have a member twice."""
    return (
        "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members) + "}"
    ).encode()


def _prompt(api: str, random: Random) -> tuple[str, Any]:
    if api == "responses":
        said = [{"role": "user", "content": _content(random)}]
        return "input", random.choice([_text(random), said, [{"id": "msg_1"}, *said]])
    messages = [
        {"role": random.choice(["user", "assistant"]), "content": _content(random)}
        for _ in range(random.randint(1, 4))
    ]
    return "messages", messages


def _content(random: Random) -> Any:
    if random.random() < 0.6:
        return _text(random)
    parts: list[dict[str, Any]] = [{"type": "text", "text": _text(random)}]
    if random.random() < 0.3:
        parts[0]["cache_control"] = random.choice(_SWITCHES["cache_control"])
    if random.random() < 0.3:
        image = {"image_url": {"url": "https://example.com/a.png"}}
        parts.append({"type": "image_url", **image} if random.random() < 0.5 else image)
    return parts


def _text(random: Random) -> str:
    """Words that are one token each, or what is one token a byte."""
    if random.random() < 0.5:
        return " ".join(random.choices(WORDS, k=random.randint(1, 60)))
    alphabet = random.choice(["qxzjvkwq", "0123456789", "漢字仮名", "🦊🧵🫖", " \t\n", "{}[]\"',:;", "éøß"])
    return "".join(random.choices(alphabet, k=random.randint(1, 60)))
