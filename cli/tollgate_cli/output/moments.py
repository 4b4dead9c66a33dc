"""The API's moments, such as 2026-11-29T18:00:00Z, as people read them: in UTC, as they are."""

from __future__ import annotations


def moment(text: str | None) -> str | None:
    """2026-11-29 18:00 UTC; None stays None."""
    return None if text is None else f"{minute(text)} UTC"


def minute(text: str) -> str:
    """2026-11-29 18:00, where something else says that it is UTC."""
    return f"{day(text)} {text[11:16]}"


def second(text: str) -> str:
    """2026-11-29 18:00:00, likewise."""
    return f"{day(text)} {text[11:19]}"


def day(text: str) -> str:
    """2026-11-29."""
    return text[:10]
