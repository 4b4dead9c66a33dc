"""Counts and names as providers write them: leniently read, for what is charged depends on them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# Beyond any model's context: a larger figure can't be a count of tokens. See also `money`.
MAX_TOKENS = 99_999_999
_MAX_LABEL_CHARACTERS = 64
_MAX_NAME_CHARACTERS = 64

# A whole number in quotes, as Java's and Python's serializers write them.
_WHOLE = re.compile(r"[0-9]{1,20}(?:\.0{1,20})?", re.ASCII)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_count(value: Any) -> bool:
    """Whether a value is a count as it stands, without being read leniently."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS


def count(value: Any) -> int | None:
    """A count, also one that is written as a float or in quotes; None for everything else."""
    if isinstance(value, str):
        value = int(value.partition(".")[0]) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if is_count(value) else None


def label(name: Any) -> str | None:
    """A tier's, speed's or place's name; None for what a record might not hold, whoever has made it up."""
    sound = isinstance(name, str) and 0 < len(name) <= _MAX_LABEL_CHARACTERS and name.isascii()
    return name if sound else None


def members(holder: Any) -> dict[str, Any]:
    """An object's members by their names in snake case, none if it is no object.

    Of several spellings of a name, one that holds something counts.
    """
    found: dict[str, Any] = {}
    if not isinstance(holder, dict):
        return found
    for name, value in holder.items():
        if isinstance(name, str) and len(name) <= _MAX_NAME_CHARACTERS:
            known = _snake(name)
            if not found.get(known) or (value and count(found[known]) is None):
                found[known] = value
    return found


@lru_cache(maxsize=1024)
def _snake(name: str) -> str:
    return _CAPITAL.sub("_", name).replace("-", "_").lower()


def first(holder: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The first of these members that is a count and not zero; else zero, if one is; else None."""
    found: int | None = None
    for name in names:
        if name in holder:
            told = count(holder[name])
            if told:
                return told
            found = told if found is None else found
    return found
