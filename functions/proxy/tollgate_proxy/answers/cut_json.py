"""What there is of a JSON text that was cut."""

from __future__ import annotations

import json
import re
from typing import Any

from tollgate.lean_dataclass import dataclass

# Strings, the last of which may have no end, brackets, and what parts values.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+("?)|[{}\[\],]', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
_CUT_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?$")


def repair_json(text: str) -> Any:
    """The value as far as it has come; None if there is nothing to be made of it."""
    end = _End.of(text)
    sound = text[: end.sound]
    ends = [text + end.closers, sound + _End.of(sound).closers]
    if end.within_string:
        ends = [f'{part}"{end.closers}' for part in (text, _CUT_ESCAPE.sub("", text))] + ends
    for each in ends:
        try:
            return json.loads(each)
        except (ValueError, RecursionError):
            continue
    return None


@dataclass(frozen=True, slots=True)
class _End:
    """Where a text stops: what is open there, and up to where it is `sound`, behind a bracket or a value."""

    closers: str
    within_string: bool
    sound: int

    @classmethod
    def of(cls, text: str) -> _End:
        open_: list[str] = []
        within_string, sound = False, 0
        for token in _TOKEN.finditer(text):
            sign = token[0]
            if sign[0] == '"':
                within_string = not token[1]
                continue
            if sign in _CLOSING:
                open_.append(_CLOSING[sign])
            elif sign != "," and (not open_ or open_.pop() != sign):
                break  # what follows is no JSON
            sound = token.start() if sign == "," else token.end()
        return cls("".join(reversed(open_)), within_string, sound)
