"""What Anthropic's messages say beside their content: usage, and why a model has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import StopReason, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

_STOPS = {
    "end_turn": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.CONTEXT,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_CALLS,
    "refusal": StopReason.REFUSAL,
    "pause_turn": StopReason.PAUSED,
}
_REASONS = {stop: reason for reason, stop in _STOPS.items()} | {StopReason.CONTENT_FILTER: "refusal"}
# OpenAI's words for what Anthropic says of the capacity that was used.
_TIERS = {"standard": "default", "priority": "priority", "batch": "batch"}
_TIERS_OF_ANTHROPIC = {word: tier for tier, word in _TIERS.items()}


def read_stop(reason: Any) -> StopReason:
    return _STOPS.get(reason, StopReason.END) if isinstance(reason, str) else StopReason.END


def written_stop(stop: StopReason) -> str:
    return _REASONS[stop]


def read_tokens(usage: Any) -> Tokens | None:
    """The tokens of a usage object; None if it is none."""
    if not isinstance(usage, dict):
        return None
    creation = _part(usage, "cache_creation")
    hour = _count(creation, "ephemeral_1h_input_tokens")
    by_ttl = hour + _count(creation, "ephemeral_5m_input_tokens")
    written = max(_count(usage, "cache_creation_input_tokens"), by_ttl)  # which some leave out
    return Tokens(
        input=_count(usage, "input_tokens"),
        cache_read=_count(usage, "cache_read_input_tokens"),
        cache_write=written - hour,
        cache_write_1h=hour,
        output=_count(usage, "output_tokens"),
        reasoning=_count(_part(usage, "output_tokens_details"), "thinking_tokens"),
    )


def read_tier(usage: Any) -> str | None:
    tier = usage.get("service_tier") if isinstance(usage, dict) else None
    return _TIERS.get(tier, tier) if isinstance(tier, str) else None


def written_usage(tokens: Tokens | None, tier: str | None = None) -> dict[str, Any]:
    """A usage object, which every message has; of what isn't known zeros."""
    told = tokens or Tokens()
    usage: dict[str, Any] = {
        "input_tokens": told.input,
        "cache_creation_input_tokens": told.cache_write + told.cache_write_1h,
        "cache_read_input_tokens": told.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": told.cache_write,
            "ephemeral_1h_input_tokens": told.cache_write_1h,
        },
        "output_tokens": told.output,
    }
    if told.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": told.reasoning}
    if tier in _TIERS_OF_ANTHROPIC:
        usage["service_tier"] = _TIERS_OF_ANTHROPIC[tier]
    return usage


def _part(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = usage.get(name)
    return part if isinstance(part, dict) else {}


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    sound = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return int(value) if sound and value is not None else 0
