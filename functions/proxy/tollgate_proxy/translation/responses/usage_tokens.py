"""The usage of a response, of whose input the tokens read from a cache and written to it are parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_usage(usage: Any) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    prompt, details = _count(usage, "input_tokens"), usage.get("input_tokens_details")
    read, written = _count(details, "cached_tokens"), _count(details, "cache_write_tokens")
    return Tokens(
        input=max(0, prompt - read - written),
        cache_read=read,
        cache_write=written,
        output=_count(usage, "output_tokens"),
        reasoning=_count(usage.get("output_tokens_details"), "reasoning_tokens"),
    )


def write_usage(tokens: Tokens | None) -> dict[str, Any] | None:
    if tokens is None:
        return None
    written = tokens.cache_write + tokens.cache_write_1h
    return {
        "input_tokens": tokens.prompt,
        "input_tokens_details": {"cached_tokens": tokens.cache_read, "cache_write_tokens": written},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.prompt + tokens.output,
    }


def _count(counts: Mapping[str, Any] | Any, name: str) -> int:
    """A count, 0 for what is none."""
    value = counts.get(name) if isinstance(counts, dict) else None
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    return int(value) if sound and value is not None else 0
