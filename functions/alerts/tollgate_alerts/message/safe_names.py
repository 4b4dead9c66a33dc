"""Names that others chose, made fit for a line of a mail."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_ELLIPSIS = "…"
# Letters and marks that nobody sees.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
# More marks on one letter than any script has are drawn over the lines above and below it.
_MAX_MARKS = 3
# What mail clients and chats make a link of: a name or an address with a dot in it, and schemes.
_DOTS = ".\u3002\uff0e\uff61"
_IN_HOST = re.compile(rf"(?<=[^\W_])[{_DOTS}](?=[^\W\d_])|(?<=\d)[{_DOTS}](?=\d+[{_DOTS}]\d)")
_AFTER_SCHEME = re.compile(
    r":(?=//)|(?<=\b(?:tel|sms)):|(?<=\bdata):|(?<=\bmailto):|(?<=\bjavascript):", re.IGNORECASE
)
_QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»', "'"))
# They hold emoji, and words of some scripts, together; other invisible characters can only mislead.
_JOINERS = "\u200c\u200d"
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def one_line(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, without line breaks and what can't be seen, or turns what can."""
    spaced = "".join(" " if each.isspace() else each for each in text)
    line = " ".join(_joined([each for each in spaced if _is_shown(each)]).split())
    return line if len(line) <= limit else f"{line[: _cut(line, limit - 1)].rstrip()}{_ELLIPSIS}"


def isolated(line: str) -> str:
    """For use in a sentence, where a name that is written from right to left must not turn its neighbours."""
    if any(unicodedata.bidirectional(each) in {"R", "AL"} for each in line):
        return f"{_ISOLATE}{line}{_END_ISOLATE}"
    return line


def unlinked(line: str) -> str:
    """For a body, where a name must not become a link: `https[:]//evil[.]example`."""
    return _AFTER_SCHEME.sub("[:]", _IN_HOST.sub("[.]", line))


def quoted(line: str) -> str:
    """For a sentence of ours, where a name that a stranger gave must not pass for one: marked as a name.

    Its spaces don't break, so that no line begins within it.
    """
    return f"“{line.translate(_QUOTES)}”".replace(" ", "\N{NO-BREAK SPACE}")


def ascii_only(line: str) -> str:
    """As much of a name as ASCII can say, maybe nothing."""
    plain = unicodedata.normalize("NFKD", line).encode("ascii", "ignore").decode()
    return " ".join(plain.split())


def _is_shown(character: str) -> bool:
    if character in _BLANK:
        return False
    return character in _JOINERS or not unicodedata.category(character).startswith("C")


def _joined(characters: list[str]) -> str:
    """Without joiners that join nothing, and without piles of marks."""
    kept: list[str] = []
    marks = 0
    for character, after in pairwise([*characters, " "]):
        if character in _JOINERS and not (kept and _can_join(kept[-1]) and _can_join(after)):
            continue
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _can_join(character: str) -> bool:
    return not (character.isascii() or character in _JOINERS)


def _cut(line: str, at: int) -> int:
    """The last place up to `at` that is not within what is drawn as one character."""
    while at > 0 and (_joins(line[at]) or line[at - 1] in _JOINERS):
        at -= 1
    return at


def _joins(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character).startswith("M")
