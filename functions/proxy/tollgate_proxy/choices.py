"""The choices of a chat's answer, or of a chunk of its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def choices_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that are objects; none if there is no list of them."""
    choices = answer.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
