"""Texts that a command is given: in a file that its argument names, or on stdin for `-`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from tollgate_cli.output.failures import UsageError

# Characters. It is all held in memory, and what the API takes is less.
_LONGEST: Final = 50_000_000


def given_text(source: str) -> str:
    """All of it, which is UTF-8. Raises `UsageError`."""
    try:
        if source == "-":
            text = sys.stdin.read(_LONGEST + 1)
        else:
            with Path(source).open(encoding="utf-8-sig") as file:
                text = file.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{named(source)} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{named(source)} is no text in UTF-8.") from error
    if len(text) > _LONGEST:
        raise UsageError(f"{named(source)} is too long.")
    return text


def named(source: str) -> str:
    """As messages call it."""
    return "stdin" if source == "-" else source


def given_json(source: str) -> Any:
    """JSON; numbers that are not whole become text with all of their digits. Raises `UsageError`."""
    try:
        return json.loads(given_text(source), parse_float=str)
    except ValueError as error:
        raise UsageError(f"{named(source)} is no JSON: {error}.") from error
