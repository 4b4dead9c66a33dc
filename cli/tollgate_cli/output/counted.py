"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """ "1 key", "2,000 keys": of nouns whose plural has an s."""
    return f"{number} {what}" if number == 1 else f"{number:,} {what}s"
