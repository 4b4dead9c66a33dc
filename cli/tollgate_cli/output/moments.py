"""Moments as people read them."""

from __future__ import annotations


def moment(text: str | None) -> str | None:
    """The API's 2026-11-29T18:00:00Z as 2026-11-29 18:00 UTC; None stays None."""
    if text is None:
        return None
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text
