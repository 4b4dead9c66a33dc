"""Reasoning in chats, which OpenAI's own API shows none of.

Servers have it beside an answer's text, as `reasoning_content` (DeepSeek, Moonshot, Zhipu, vLLM) or
`reasoning` (OpenRouter, Groq, vLLM), some with the pieces that a provider's own API would want back in
`reasoning_details` (OpenRouter's guide "Reasoning tokens"), or among the parts of `content` (Mistral). Google
has signatures in the `extra_content` of calls (its guide "Thought signatures"). Where a model calls tools,
most want back what they have sent: a seal says in which member that was, and what was in it but for the text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import Reasoning, Seal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLAIN_MEMBERS = ("reasoning_content", "reasoning")
DETAILS = "reasoning_details"
EXTRA = "extra_content"
# How a piece of details grows in a stream.
_GROWING = ("text", "summary", "data", "signature")


def member_seal(member: str) -> Seal:
    """Of reasoning that was text in that member alone."""
    return _seal({"member": member})


def details_seal(details: list[Any]) -> Seal:
    return _seal({DETAILS: details})


def extra_seal(call_id: str, extra: Any) -> Seal:
    """Of what came with a call, and belongs to it."""
    return _seal({EXTRA: {call_id: extra}})


def _seal(value: dict[str, Any]) -> Seal:
    return Seal(ProviderApi.CHAT, json.dumps(value))


def plain_text(message: Mapping[str, Any]) -> tuple[str, str]:
    """The member that has the reasoning of a message, or of a delta, as text, and the text; empty if none."""
    for member in PLAIN_MEMBERS:
        value = message.get(member)
        if isinstance(value, dict):  # some nest it
            value = value.get("content") or value.get("text")
        if isinstance(value, str) and value:
            return member, value
    return PLAIN_MEMBERS[0], ""


def details_in(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    details = message.get(DETAILS)
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def text_of_details(details: Iterable[Mapping[str, Any]]) -> str:
    pieces = (piece.get("text") or piece.get("summary") for piece in details)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def add_details(details: list[dict[str, Any]], more: Iterable[dict[str, Any]]) -> None:
    """Takes the pieces that a chunk of a stream has, which go on from those of the same kind and place."""
    for piece in more:
        last = details[-1] if details else {}
        if (last.get("type"), last.get("index")) != (piece.get("type"), piece.get("index")):
            details.append(dict(piece))
            continue
        for name, value in piece.items():
            held = last.get(name)
            grows = name in _GROWING and isinstance(held, str) and isinstance(value, str)
            if value is not None:
                last[name] = f"{held}{value}" if grows else value


def sent_back(message: Mapping[str, Any]) -> list[Reasoning]:
    """The reasoning that a client's message has: that of another API, wrapped, or what a server has shown."""
    wrapped = [each for piece in details_in(message) if (each := _unwrapped(piece)) is not None]
    return wrapped or answered(message)


def answered(message: Mapping[str, Any]) -> list[Reasoning]:
    """The reasoning beside a server's answer, sealed as what that server has shown."""
    details = details_in(message)
    member, text = plain_text(message)
    found: list[Reasoning] = []
    if details:
        text = text or text_of_details(details)
        found.append(Reasoning(text, details_seal(details), is_redacted=not text))
    elif text:
        found.append(Reasoning(text, member_seal(member)))
    return found


def _unwrapped(piece: Mapping[str, Any]) -> Reasoning | None:
    data = piece.get("data")
    opened = seals.unwrap(data) if isinstance(data, str) else None
    if opened is None:
        return None
    seal, text = opened
    return Reasoning(text or "", seal, is_redacted=text is None)


def members_for_provider(parts: Iterable[Reasoning]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members of a message by which a provider gets its own reasoning back, and what belongs to calls,
    by the calls' ids. What other APIs have sealed, and what nothing seals, is left out.
    """
    members: dict[str, Any] = {}
    extras: dict[str, Any] = {}
    for part in parts:
        sealed = _opened(part.seal)
        member, details, extra = sealed.get("member"), sealed.get(DETAILS), sealed.get(EXTRA)
        if member in PLAIN_MEMBERS:
            members[member] = members.get(member, "") + part.text
        if isinstance(details, list):
            members[DETAILS] = members.get(DETAILS, []) + details
        if isinstance(extra, dict):
            extras |= extra
    return members, extras


def _opened(seal: Seal | None) -> dict[str, Any]:
    if seal is None or seal.api is not ProviderApi.CHAT:
        return {}
    try:
        value = json.loads(seal.value)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def shown_detail(part: Reasoning, index: int) -> dict[str, Any] | None:
    """The piece of details that a client sends back, by which another API's reasoning goes on."""
    if part.seal is None:
        return None
    text = None if part.is_redacted else part.text
    return {"type": "reasoning.encrypted", "data": seals.wrap(part.seal, text), "index": index}
