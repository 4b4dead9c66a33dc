"""Names that others chose, made fit for a line of a mail."""

from __future__ import annotations

import unicodedata

_ELLIPSIS = "…"
# They hold emoji, and words of some scripts, together; other invisible characters can only mislead.
_JOINERS = "\u200c\u200d"
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def one_line(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, without line breaks, control characters and direction marks."""
    spaced = "".join(" " if each.isspace() else each for each in text)
    line = " ".join("".join(each for each in spaced if _is_shown(each)).split())
    return line if len(line) <= limit else f"{line[: _cut(line, limit - 1)].rstrip()}{_ELLIPSIS}"


def isolated(line: str) -> str:
    """For use in a sentence, where a name that is written from right to left must not turn its neighbours."""
    if any(unicodedata.bidirectional(each) in {"R", "AL"} for each in line):
        return f"{_ISOLATE}{line}{_END_ISOLATE}"
    return line


def ascii_only(line: str) -> str:
    """As much of a name as ASCII can say, maybe nothing."""
    plain = unicodedata.normalize("NFKD", line).encode("ascii", "ignore").decode()
    return " ".join(plain.split())


def _is_shown(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def _cut(line: str, at: int) -> int:
    """The last place up to `at` that is not within what is drawn as one character."""
    while at > 0 and (_joins(line[at]) or line[at - 1] in _JOINERS):
        at -= 1
    return at


def _joins(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")
