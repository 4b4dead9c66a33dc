"""What is wrong with a field, in plain words: neither pydantic's own nor a regular expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CURSOR = "is not a cursor of this list"
_UNDECLARED = "has an invalid format"
_FIXED = {
    "extra_forbidden": "is not a field of this request",
    "missing": "is required",
    # Pydantic names types of Python's.
    "decimal_type": "must be a number, or one as a string",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "model_attributes_type": "must be an object",
    "tuple_type": "must be a list",
}
# What pydantic begins a sentence with, `List should have at most 3 items after validation`, and its asides.
_SUBJECT = re.compile(r"^[A-Z][a-z]+( input)? should ")
_LABEL = re.compile(r"^(Value error|Assertion failed), ")
_ASIDE = re.compile(r" after validation|, unable to .*$|, got a number with a fractional part$")

_meant: dict[str, str] = {}


def pattern(regex: str, message: str) -> str:
    """The regular expression, for a constraint; of what doesn't match it the message is said.

    Pydantic names only the expression, so raises `ValueError` for one that means something else already.
    """
    if _meant.setdefault(regex, message) != message:
        error = f"The regular expression {regex} already stands for {_meant[regex]!r}, not {message!r}."
        raise ValueError(error)
    return regex


def sentence_for(fault: Mapping[str, Any], field: str) -> str:
    """A fault as pydantic describes it, as a sentence whose subject is the field."""
    kind, told = fault["type"], str(fault["msg"])
    if kind in _FIXED:
        return _FIXED[kind]
    if field == "cursor":
        return _CURSOR
    if kind == "string_pattern_mismatch":
        return _meant.get(fault.get("ctx", {}).get("pattern", ""), _UNDECLARED)
    return _SUBJECT.sub("must ", _ASIDE.sub("", _LABEL.sub("", told)))
