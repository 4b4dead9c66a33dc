"""The choices of a chat's answer, or of a chunk of its stream, and whether one says that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# An error that has more in it than this says something.
_MAX_PARTS = 64
_CODES = ("code", "status", "status_code", "error_code")
# No set: a provider may say what can't be hashed.
_OK_CODES = (200, "200")
_WORDS_OF_NOTHING = frozenset(
    {"", "0", "false", "n/a", "nil", "no error", "none", "null", "ok", "success", "successful", "undefined"}
)


def choices_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer's choices that are objects; none if it has no list of choices."""
    choices = answer.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def has_error(holder: Mapping[str, Any]) -> bool:
    """Whether an answer, an event or a choice has an error, and not just the place for one.

    Some fill in what says that all went well: nothing, a zero, or a word for it.
    """
    error = holder.get("error")
    return bool(error) and not _says_nothing(error)


def _says_nothing(error: Any) -> bool:
    """Whether there is nothing in an error but what is empty, or says that all is well."""
    pending, looked_at = [error], 0
    while pending:
        part = pending.pop()
        looked_at += 1
        if looked_at > _MAX_PARTS:
            return False
        if isinstance(part, dict):
            # A code is a number, also of a status; elsewhere a number tells something, unless it is zero.
            pending += [value for name, value in part.items() if not (name in _CODES and value in _OK_CODES)]
        elif isinstance(part, list):
            pending += part
        elif part and not (isinstance(part, str) and part.strip(" .!").lower() in _WORDS_OF_NOTHING):
            return False
    return True


def is_failed(choice: Mapping[str, Any]) -> bool:
    """OpenRouter tells of an error in the choice that it is of."""
    return has_error(choice) or choice.get("finish_reason") == "error"
