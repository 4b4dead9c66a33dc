"""The choices of a chat's answer, or of a chunk of its stream, and whether one says that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def choices_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that are objects; none if there is no list of them."""
    choices = answer.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def has_error(holder: Mapping[str, Any]) -> bool:
    """Whether an answer, an event or a choice has an error; one of nothing but empty members is none."""
    error = holder.get("error")
    return any(error.values()) if isinstance(error, dict) else bool(error)


def is_failed(choice: Mapping[str, Any]) -> bool:
    """OpenRouter tells of an error in the choice that it is of."""
    return has_error(choice) or choice.get("finish_reason") == "error"
