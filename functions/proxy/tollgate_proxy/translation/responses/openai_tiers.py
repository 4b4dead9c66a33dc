"""OpenAI's service tiers (API reference, `service_tier`), and other vendors' names for them."""

from __future__ import annotations

_TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast", "ultrafast"})
# Anthropic's: what a request asks for, and what an answer says.
_MEANT = {"standard_only": "default", "standard": "default"}


def tier_of(name: str | None) -> str | None:
    """A tier by OpenAI's name for it; None for one that it hasn't."""
    meant = _MEANT.get(name or "", name)
    return meant if meant in _TIERS else None
