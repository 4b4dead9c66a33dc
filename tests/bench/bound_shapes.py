"""Requests as clients make them, for the table of bounds against real use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.bound_texts import (
    BASE64,
    CODE,
    COMPACT,
    EMOJI,
    INSTRUCTIONS,
    LOG,
    MARKDOWN,
    PRETTY,
    PROSE,
    RECORD,
    SCRIPTS,
    TOOLS,
)
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.apis import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate_proxy.apis.base import Api


class Shape(NamedTuple):
    """A request, and the vendor that it is meant for."""

    name: str
    api: Api
    vendor: Vendor
    members: dict[str, Any]


CHAT, RESPONSES, MESSAGES = registry.CHAT, registry.RESPONSES, registry.MESSAGES


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def conversation(turns: int) -> list[dict[str, Any]]:
    """Turns of a user and an assistant."""
    texts = [PROSE[turn % len(PROSE)] for turn in range(turns)]
    return [{"role": ("user", "assistant")[turn % 2], "content": text} for turn, text in enumerate(texts)]


def function(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": tool}


def described(tool: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": tool["name"],
        "description": tool["description"],
        "input_schema": tool["parameters"],
    }


def flat(tool: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "strict": False, **tool}


PASSAGES = "\n\n".join(f"[{number}] {text}" for number, text in enumerate(PROSE * 2, start=1))
RAG = f"Answer from these passages alone, and cite them by number.\n\n{PASSAGES}\n\nWhat explains it?"
CLASSIFY = "Is this message a complaint, a question or praise? Answer in one word: the lamp came broken."
AGENT_STEPS: list[dict[str, Any]] = [
    user("The tests of the inventory fail since yesterday. Find out why and mend it."),
    {
        "role": "assistant",
        "content": "I look at the code first.",
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "read_file", "arguments": '{"path": "stock/inventory.py", "offset": 1}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": CODE["python"]},
]
CLAUDE_STEPS: list[dict[str, Any]] = [
    AGENT_STEPS[0],
    {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "I look at the code first."},
            {
                "type": "tool_use",
                "id": "toolu_01",
                "name": "read_file",
                "input": {"path": "stock/inventory.py", "offset": 1},
            },
        ],
    },
    {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "toolu_01", "content": CODE["python"]}],
    },
]
CODEX_STEPS: list[dict[str, Any]] = [
    {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": AGENT_STEPS[0]["content"]}],
    },
    {
        "type": "function_call",
        "call_id": "call_1",
        "name": "read_file",
        "arguments": '{"path": "stock/inventory.py", "offset": 1}',
    },
    {"type": "function_call_output", "call_id": "call_1", "output": CODE["python"]},
]
SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "total": {"type": "number"},
        "items": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["customer", "total", "items"],
    "additionalProperties": False,
}


def shapes() -> Iterator[Shape]:
    """All of them: texts alone, conversations, and requests of agents."""
    for api, vendor in ((CHAT, Vendor.OPENAI), (MESSAGES, Vendor.ANTHROPIC), (RESPONSES, Vendor.OPENAI)):
        name = f"{api}: "
        for what, text in _texts():
            if api is not RESPONSES or what in {"hi", "one word", "prose", "Python", "pretty JSON"}:
                members = {"input": text} if api is RESPONSES else {"messages": [user(text)]}
                yield Shape(name + what, api, vendor, members)
    yield from _longer()
    yield from _agents()


def _texts() -> Iterator[tuple[str, str]]:
    yield "hi", "hi"
    yield "one word", CLASSIFY
    yield "prose", "Sum this up in one sentence:\n\n" + "\n\n".join(PROSE)
    yield "passages (RAG)", RAG
    yield "Python", f"Review this class:\n```python\n{CODE['python']}```"
    yield "TypeScript", f"Write tests for this:\n```ts\n{CODE['typescript']}```"
    yield "SQL", f"What does this return?\n{CODE['sql']}"
    yield "a diff", f"Write a commit message for this change:\n{CODE['diff']}"
    yield "a log", f"What went wrong here?\n{LOG}"
    yield "Markdown", f"Translate into French:\n\n{MARKDOWN}"
    yield "pretty JSON", f"Is this order complete?\n{PRETTY}"
    yield "compact JSON", f"Add up these orders: {COMPACT}"
    yield "emoji", EMOJI
    yield "base64", f"What is this? {BASE64}"
    yield from SCRIPTS.items()


def _longer() -> Iterator[Shape]:
    for turns in (20, 80):
        talk = conversation(turns)
        yield Shape(f"chat: {turns} turns", CHAT, Vendor.OPENAI, {"messages": talk})
        claude = {"system": INSTRUCTIONS, "messages": talk}
        yield Shape(f"messages: {turns} turns", MESSAGES, Vendor.ANTHROPIC, claude)
    extraction = {"type": "json_schema", "json_schema": {"name": "order", "schema": SCHEMA}}
    order = [user(f"Extract the order: {json.dumps(RECORD)}")]
    yield Shape(
        "chat: extraction by a schema",
        CHAT,
        Vendor.OPENAI,
        {"messages": order, "response_format": extraction},
    )


def _agents() -> Iterator[Shape]:
    """An agent's request with few tools and with many, before and after it has read a file."""
    for count in (1, 4, 12):
        some = TOOLS[:count]
        chat = {"messages": [{"role": "system", "content": INSTRUCTIONS}, *AGENT_STEPS]}
        yield Shape(
            f"chat: agent, {count} tools", CHAT, Vendor.OPENAI, {**chat, "tools": list(map(function, some))}
        )
        system = [{"type": "text", "text": INSTRUCTIONS, "cache_control": {"type": "ephemeral"}}]
        claude = {"system": system, "messages": CLAUDE_STEPS, "tools": list(map(described, some))}
        yield Shape(f"messages: agent, {count} tools", MESSAGES, Vendor.ANTHROPIC, claude)
        namespace = {
            "type": "namespace",
            "name": "mcp",
            "description": "Tools of the client's servers.",
            "tools": list(map(flat, some)),
        }
        codex = {"instructions": INSTRUCTIONS, "input": CODEX_STEPS, "store": False, "tools": [namespace]}
        yield Shape(f"responses: agent, {count} tools in a namespace", RESPONSES, Vendor.OPENAI, codex)


def real(shape: Shape, count: Callable[[str], int]) -> int:
    """About what a provider bills, by a count of texts.

    Each text that is read counts by itself, with 4 tokens per message and 3 or, Claude's, 6 around all; tools
    and schemas as their JSON, in one line, with 346 tokens of system prompt for Claude's (its smallest).
    """
    members = shape.members
    total = 3 if shape.vendor is Vendor.OPENAI else 6
    for name in ("messages", "input", "system", "instructions"):
        value = members.get(name)
        items = value if isinstance(value, list) else [value] if value else []
        for item in items:
            total += 4 + sum(count(text) for text in _read(item))
    for name in ("tools", "response_format"):
        if name in members:
            listed = members[name] if isinstance(members[name], list) else [members[name]]
            total += sum(count(json.dumps(each, separators=(", ", ": "))) for each in listed)
    if shape.vendor is Vendor.ANTHROPIC and "tools" in members:
        total += 346
    return total


def _read(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, list):
        for each in item:
            yield from _read(each)
    elif isinstance(item, dict):
        for name, value in item.items():
            if name == "input" and isinstance(value, dict):
                yield json.dumps(value)
            elif name not in {
                "role",
                "type",
                "id",
                "cache_control",
                "call_id",
                "tool_call_id",
                "tool_use_id",
            }:
                yield from _read(value)
