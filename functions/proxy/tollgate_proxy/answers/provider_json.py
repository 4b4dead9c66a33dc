"""Providers' JSON, read as widely as clients of any language read it.

Python's parser refuses numbers of thousands of digits, bytes that are no UTF-8 and deep nesting, which the
parsers of JavaScript and Go pass over. One such member must not hide the others.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Python converts up to 4,300 digits. No figure has that many.
_MAX_DIGITS = 400
# What lies deeper is left out where there is too much of it.
_MAX_DEPTH = 100
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]]', re.DOTALL)
_BOM = "\ufeff"
# What proxies put before data once too often.
_PREFIX = re.compile(r"\s*(?:data:\s*)*")


def value_of(text: bytes) -> Any:
    """The value that a text is; raises `ValueError` if it is no JSON to anybody."""
    try:
        return _loaded(text)
    except (ValueError, RecursionError):
        return _first_of(_decoded(text), strict=True)


def salvaged(text: bytes) -> dict[str, Any]:
    """The object that a text begins with, even if no client could read it; empty if there is none.

    For figures of what was made all the same: with control characters in strings, within a list, or with
    something behind it.
    """
    if not text:
        return {}
    try:
        found = _loaded(text)
    except (ValueError, RecursionError):
        try:
            found = _first_of(_decoded(text), strict=False)
        except ValueError:
            return {}
    if isinstance(found, list):
        found = next((each for each in found if isinstance(each, dict)), None)
    return found if isinstance(found, dict) else {}


def _loaded(text: bytes) -> Any:
    """As `json.loads` reads it, which takes its time to see that bytes are UTF-8, as nearly all are."""
    try:
        return json.loads(text.decode())
    except ValueError:
        return json.loads(text)


def _decoded(text: bytes) -> str:
    return text.decode(json.detect_encoding(text), errors="replace").removeprefix(_BOM)


def _first_of(text: str, *, strict: bool) -> Any:
    """The value that a text begins with, and is all of where that is `strict`."""
    decoder = json.JSONDecoder(parse_int=_integer, strict=strict)
    text = text.strip() if strict else _PREFIX.sub("", text, count=1)
    try:
        found, end = decoder.raw_decode(text)
    except RecursionError:
        text = _shallow(text)
        found, end = decoder.raw_decode(text)
    if strict and end < len(text):
        message = "The text goes on behind its value."
        raise ValueError(message)
    return found


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _shallow(text: str) -> str:
    """JSON with null for all that is nested too deeply."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            depth += 1
            if depth == _MAX_DEPTH:
                kept.append(text[start : token.start()])
        elif token[0] in ("}", "]"):
            if depth == _MAX_DEPTH:
                kept.append("null")
                start = token.end()
            depth -= 1
    if depth < _MAX_DEPTH:
        kept.append(text[start:])
    return "".join(kept)
