"""Providers' usage objects, each shape read into the same disjoint token classes.

Where a figure is part of another one (cached within prompt, reasoning within completion) it is taken
out of it, so that nothing is counted twice and the classes add up to the provider's totals. Parts
that exceed their total, as overlapping ones do, are cut down to it, the dearer kinds first kept.

Sources of the shapes: OpenAI's API reference (chat completion object, response object), Anthropic's
(message object), DeepSeek's (`prompt_cache_hit_tokens`), Moonshot's (`cached_tokens`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tollgate.usage import TokenClass, Usage, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping

# Beyond any model's context: a larger figure can't be a count of tokens. See also `money`.
MOST_TOKENS = 99_999_999
_MOST_TIER_CHARACTERS = 64

# Tools that a provider runs itself, by the type of item that a response shows them as.
_TOOL_ITEMS = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
}


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TOKENS


def from_chat(report: Any, tier: Any = None) -> Usage | None:
    """OpenAI's chat completions and embeddings, and the many that are compatible with them.

    None if there are no sound totals; no request has an empty prompt, so zero is no figure. Some
    providers (Gemini, xAI) leave reasoning out of the completion's tokens and show it in the total
    alone: what the total has more is reasoning.
    """
    if not isinstance(report, dict):
        return None
    prompt, completion = _count(report, "prompt_tokens"), _count(report, "completion_tokens", missing=0)
    if not prompt or completion is None:
        return None
    of_prompt, of_completion = (
        _part(report, "prompt_tokens_details"),
        _part(report, "completion_tokens_details"),
    )
    unseen = max((_count(report, "total_tokens", missing=0) or 0) - prompt - completion, 0)
    cached = _first(
        (of_prompt, "cached_tokens"), (report, "prompt_cache_hit_tokens"), (report, "cached_tokens")
    )
    inputs = _split(
        prompt,
        TokenClass.INPUT,
        {
            TokenClass.INPUT_AUDIO: _first((of_prompt, "audio_tokens")),
            TokenClass.INPUT_IMAGE: _first((of_prompt, "image_tokens")),
            **_cache_writes(of_prompt, _first((of_prompt, "cache_write_tokens"), (of_prompt, _CREATION))),
            TokenClass.CACHED_INPUT: cached,
        },
    )
    reasoning = _first((of_completion, "reasoning_tokens"))
    outputs = _split(
        completion + unseen,
        TokenClass.OUTPUT,
        {
            TokenClass.OUTPUT_AUDIO: _first((of_completion, "audio_tokens")),
            TokenClass.OUTPUT_IMAGE: _first((of_completion, "image_tokens")),
            TokenClass.REASONING: max(reasoning, unseen),
        },
    )
    return Usage({**inputs, **outputs}, UsageSource.PROVIDER, service_tier=service_tier(tier))


def from_response(response: Any) -> Usage | None:
    """A whole response object of OpenAI's responses API, with the tools that it ran.

    None if there are no sound totals, of which an empty prompt is none, as in a chat.
    """
    if not isinstance(response, dict) or not isinstance(report := response.get("usage"), dict):
        return None
    prompt, completion = _count(report, "input_tokens"), _count(report, "output_tokens", missing=0)
    if not prompt or completion is None:
        return None
    of_input, of_output = _part(report, "input_tokens_details"), _part(report, "output_tokens_details")
    inputs = _split(
        prompt,
        TokenClass.INPUT,
        {
            **_cache_writes(of_input, _first((of_input, "cache_write_tokens"))),
            TokenClass.CACHED_INPUT: _first((of_input, "cached_tokens")),
        },
    )
    outputs = _split(
        completion, TokenClass.OUTPUT, {TokenClass.REASONING: _first((of_output, "reasoning_tokens"))}
    )
    tier = service_tier(response.get("service_tier"))
    return Usage({**inputs, **outputs}, UsageSource.PROVIDER, _tool_calls(response.get("output")), tier)


def _tool_calls(items: Any) -> dict[str, int]:
    """How often each tool ran. Opening a page that a search has found is no search."""
    calls: Counter[str] = Counter()
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        tool = _TOOL_ITEMS.get(str(item.get("type")))
        action = _part(item, "action").get("type", "search")
        if tool is not None and (tool != "web_search" or action == "search"):
            calls[tool] += 1
    return dict(calls)


def from_message(report: Any) -> Usage | None:
    """Anthropic's messages: the cache's tokens come on top of `input_tokens`, not within them.

    None if there are no sound totals, of which a prompt that is empty with all of these is none.
    """
    if not isinstance(report, dict):
        return None
    plain, completion = _count(report, "input_tokens"), _count(report, "output_tokens", missing=0)
    if plain is None or completion is None:
        return None
    written = _cache_writes(report, _first((report, _CREATION)))
    read = _first((report, "cache_read_input_tokens"))
    inputs = {TokenClass.INPUT: plain, TokenClass.CACHED_INPUT: read, **written}
    if not any(inputs.values()):
        return None
    of_output = _part(report, "output_tokens_details")
    outputs = _split(
        completion, TokenClass.OUTPUT, {TokenClass.REASONING: _first((of_output, "thinking_tokens"))}
    )
    searches = _first((_part(report, "server_tool_use"), "web_search_requests"))
    return Usage(
        {token_class: count for token_class, count in {**inputs, **outputs}.items() if count},
        UsageSource.PROVIDER,
        {"web_search": searches} if searches else {},
        service_tier(report.get("service_tier")),
    )


_CREATION = "cache_creation_input_tokens"


def _cache_writes(holder: Mapping[str, Any], total: int) -> dict[TokenClass, int]:
    """Cache writes by how long they are kept, as far as `cache_creation` tells them apart."""
    hour = min(_first((_part(holder, "cache_creation"), "ephemeral_1h_input_tokens")), total)
    return {TokenClass.CACHE_WRITE_1H: hour, TokenClass.CACHE_WRITE: total - hour}


def _split(total: int, rest: TokenClass, parts: Mapping[TokenClass, int]) -> dict[TokenClass, int]:
    """The parts of a total and what remains of it; parts beyond the total are cut, in their order."""
    counts: dict[TokenClass, int] = {}
    remaining = total
    for token_class, count in parts.items():
        counts[token_class] = min(count, remaining)
        remaining -= counts[token_class]
    counts[rest] = remaining
    return {token_class: count for token_class, count in counts.items() if count}


def _first(*places: tuple[Mapping[str, Any], str]) -> int:
    """The first of these figures that is a count, 0 if none is."""
    for holder, name in places:
        if is_count(holder.get(name)):
            count: int = holder[name]
            return count
    return 0


def _count(report: Mapping[str, Any], name: str, missing: int | None = None) -> int | None:
    """A figure; None if it is no count, `missing` if it isn't there."""
    value = report.get(name)
    if value is None:
        return missing
    return value if is_count(value) else None


def _part(report: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = report.get(name)
    return part if isinstance(part, dict) else {}


def service_tier(name: Any) -> str | None:
    """A tier's name, None for what can't be one: a record must be able to hold it, whoever has made it up."""
    sound = isinstance(name, str) and len(name) <= _MOST_TIER_CHARACTERS and name.isascii()
    return name if sound else None
