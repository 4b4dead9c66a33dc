"""Text that goes into spreadsheets."""

from __future__ import annotations

# What makes a spreadsheet take a cell for a formula, also as full-width characters.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take them for ASCII's


def defused(text: str) -> str:
    """Text that somebody has chosen, as a cell that no spreadsheet runs as a formula.

    An apostrophe goes before it, as OWASP has it of CSV injection. Numbers must not come here: theirs may
    begin with a sign.
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text
