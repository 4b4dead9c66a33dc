"""How many tokens a text is at most, whichever the model that reads it.

Bytes aren't quite a bound: Claude's tokenizer puts marks between words, and some normalize a text first. They
are one with these marks, and a close one where common words and runs of spaces, which are few tokens in
every vocabulary, count as such. The rules were found with the vocabularies that `words` names, and
`tests/bench/bounds.py` tries them on hostile texts.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from tollgate_proxy.bounds.common_words import TOKENS

# Characters. Longer texts aren't looked at closely: that takes some 30 microseconds per KB.
LOOKED_AT = 1_048_576

# Longer ones aren't remembered, or clients could fill the memory with them.
_REMEMBERED = 64

# With the space before it, which is part of its token.
_WORD = re.compile(r" ?+[A-Za-z]++")
# Next to another letter it is only a part of a word.
_WHOLE_WORD = re.compile(r" ?(?<![A-Za-z])(?<![^\x00-\x7f])[A-Za-z]++(?![^\x00-\x7f])")
_FEWEST_SPACES = " " * 3
_SPACES = re.compile(rf"{_FEWEST_SPACES}+")
# A run of spaces is at most two tokens, one of them that of the word behind it, and another each 15 spaces.
_SPACES_PER_TOKEN = 15
# Spaces that Claude's words and signs don't take in; none is right behind a letter. The pattern begins with
# what it searches for.
_LONE_SPACE = re.compile(
    r" (?<![A-Za-z] )(?:(?![A-Za-z])(?<!  )|"
    r"(?=[A-Za-z])(?:(?<=[\t-\r0-9\x7f] )|(?<=[^\x00-\x7f] )|(?<=[^ A-Za-z]{2} )))"
)
# Signs so rare that they get a mark.
_RARE = "^~"
# What capitals add to a word's bytes.
_MARKS_OF_CAPITALS = 2
# Some vocabularies put a space before each text.
_BEFORE = 1


def max_tokens(text: str) -> int:
    """The most tokens that `text` can be."""
    return _of_short(text) if len(text) <= _REMEMBERED else _max_tokens(text)


def _max_tokens(text: str) -> int:
    if len(text) > LOOKED_AT:
        return coarse_max_tokens(text)
    tokens = len(text) + _BEFORE
    if text.isascii():
        words = Counter(_WORD.findall(text))
    else:
        words = Counter(_WHOLE_WORD.findall(text))
        # Calls in plain ASCII go without it: none of them is the slower to start for its patterns.
        from tollgate_proxy.bounds import beyond_ascii  # noqa: PLC0415

        tokens += beyond_ascii.besides(text)
    tokens += len(_LONE_SPACE.findall(text)) + text.startswith(" ") + sum(map(text.count, _RARE))
    for run in _SPACES.findall(text) if _FEWEST_SPACES in text else ():
        tokens -= len(run) - 2 - len(run) // _SPACES_PER_TOKEN
    for word, times in words.items():
        tokens -= (_spared_by_short(word) if len(word) <= _REMEMBERED else _spared(word)) * times
    return tokens


# Names, types and keywords, of which the definitions of tools consist, come again and again.
_of_short = lru_cache(maxsize=4096)(_max_tokens)


def _spared(word: str) -> int:
    """How many tokens fewer a word is, with the space before it, than its bytes; below zero if it is more."""
    letters = word.lstrip(" ")
    lower = letters.lower()
    tokens = TOKENS.get(lower)
    if lower == letters:
        return 0 if tokens is None else len(word) - tokens
    if tokens is None or lower[1:] != letters[1:]:
        return -_MARKS_OF_CAPITALS
    return len(word) - tokens - 1


_spared_by_short = lru_cache(maxsize=4096)(_spared)


def coarse_max_tokens(text: str) -> int:
    """The most tokens that `text` can be, as `max_tokens`, found with less work and less closely."""
    if text.isascii():
        return 2 * len(text)
    from tollgate_proxy.bounds import beyond_ascii  # noqa: PLC0415 - as above

    return beyond_ascii.coarse_max_tokens(text)
