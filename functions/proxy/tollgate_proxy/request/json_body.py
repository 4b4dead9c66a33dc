"""A request's JSON object, read and edited without touching the bytes around the edit.

Parsing and dumping again would change number formats, escapes, spacing and the order of things
that are the client's business. Only the value of a top-level member is ever replaced.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.request.spelling import AmbiguityWatch, refuse_misread, refuse_other_spelling

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_HINT = " It looks like gzip: send `Content-Encoding: gzip`."
# What JSON is if it is no object, by its first character or as a whole.
_OPENINGS = {"[": "a list", '"': "a string", **dict.fromkeys("-0123456789", "a number")}
_WORDS = {"null": "null", "true": "a boolean", "false": "a boolean"}
_SPACE = re.compile(r"[ \t\n\r]*")


def _refuse_constant(name: str) -> float:
    message = f"{name} is not a number in JSON"
    raise ValueError(message)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object's text, its members, and where each member's value stands in the text."""

    text: str
    members: dict[str, Any]
    spans: dict[str, tuple[int, int]]

    def member(self, name: str) -> JsonObject:
        """A member that is an object itself; raises `RefusedError` if it has a member twice."""
        start, end = self.spans[name]
        return parse(self.text[start:end].encode())

    def encode(self, changes: dict[str, Any]) -> bytes:
        """The object with some members' values replaced, or added at its end.

        What comes last is what most parsers take of a name that they read twice. A new value that is bytes is
        JSON already. Raises `RefusedError` for a value that is nested too deeply to be written.
        """
        try:
            return self._encode(changes)
        except RecursionError as error:
            raise _refused(error) from error

    def _encode(self, changes: dict[str, Any]) -> bytes:
        text = self.text
        present = [name for name in changes if name in self.spans]
        for name in sorted(present, key=self.spans.__getitem__, reverse=True):
            start, end = self.spans[name]
            text = text[:start] + _dumped(changes[name]) + text[end:]
        added = {name: value for name, value in changes.items() if name not in self.spans}
        if added:
            brace = text.rindex("}")
            comma = ", " if self.members else ""
            members = ", ".join(f"{json.dumps(name)}: {_dumped(value)}" for name, value in added.items())
            text = text[:brace] + comma + members + text[brace:]
        return text.encode()


def _dumped(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else json.dumps(value)


def parse(body: bytes) -> JsonObject:
    """Reads a request's body; raises `RefusedError` if it isn't one JSON object.

    Refused is, too, what a provider might read otherwise than Tollgate: a member that occurs twice, and one
    that `member_names` declares in another spelling. What is free-form isn't looked at.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        hint = _GZIP_HINT if body.startswith(_GZIP_MAGIC) else ""
        message = f"The request body is not valid UTF-8 (at byte {error.start}).{hint}"
        raise RefusedError(Reason.INVALID_JSON, message) from error
    _require_object(text)
    try:
        return _parse(text)
    except (ValueError, RecursionError) as error:
        raise _refused(error) from error


def _require_object(text: str) -> None:
    """Refuses what isn't even meant as an object, by what it begins with."""
    given = text.strip()
    if not given:
        raise RefusedError(Reason.INVALID_JSON, "The request body is empty.")
    kind = _WORDS.get(given) or _OPENINGS.get(given[0])
    if kind is not None:
        raise RefusedError(Reason.INVALID_JSON, f"The request body must be a JSON object, not {kind}.")


def _refused(error: ValueError | RecursionError) -> RefusedError:
    fault = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return RefusedError(Reason.INVALID_JSON, f"The request body is not a valid JSON object: {fault}.")


def _parse(text: str) -> JsonObject:
    members: dict[str, Any] = {}
    spans: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    watch = AmbiguityWatch()
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=watch.made)
    at = _expect(text, 0, "{")
    if text[at : at + 1] != "}":
        while True:
            _expect(text, at, '"')
            name, at = decoder.raw_decode(text, at)
            at = _expect(text, at, ":")
            value, end = decoder.raw_decode(text, at)
            refuse_other_spelling(name)
            if name.casefold() in seen:
                message = f"the member {name!r} occurs twice"
                raise ValueError(message)
            seen.add(name.casefold())
            members[name], spans[name] = value, (at, end)
            at = _skip(text, end)
            if text[at : at + 1] != ",":
                break
            at = _skip(text, at + 1)
    end = _expect(text, at, "}")
    if end != len(text):
        message = f"extra text at character {end}"
        raise ValueError(message)
    if watch.doubts:
        refuse_misread(members)
    return JsonObject(text, members, spans)


def _expect(text: str, at: int, character: str) -> int:
    """The place after `character` and the space around it."""
    at = _skip(text, at)
    if text[at : at + 1] != character:
        message = f"expected {character} at character {at}"
        raise ValueError(message)
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # the pattern matches anywhere
