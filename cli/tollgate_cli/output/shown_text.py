"""Texts from elsewhere, made safe for a terminal."""

from __future__ import annotations

import re
from typing import Any, Final

# Control characters, marks that reorder a line, line separators, and halves of pairs, which no encoding has.
_HARMFUL: Final = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]"
)


def shown(value: Any) -> str:
    """A value as a cell shows it: control characters escaped, nothing for None, yes and no for booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escaped(str(value))


def escaped(text: str) -> str:
    """The text with `\\x1b` and the like in place of what a terminal would obey."""
    return _HARMFUL.sub(lambda found: _escape(found[0]), text)


def escaped_lines(text: str) -> str:
    """The same for a text of several lines, whose ends and tabs stay."""
    kept = {"\n", "\t"}
    return _HARMFUL.sub(
        lambda found: found[0] if found[0] in kept else _escape(found[0]), text.replace("\r\n", "\n")
    )


def escaped_for_json(text: str) -> str:
    """The same for JSON, in whose texts alone such characters can be; it stays the same JSON."""
    return _HARMFUL.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def _escape(character: str) -> str:
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    return short or (f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}")
