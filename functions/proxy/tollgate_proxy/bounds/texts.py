"""How many tokens a text is at most, whichever the model that reads it.

Bytes aren't quite a bound: Claude's tokenizer puts marks between words, and some normalize a text first. They
are one with these marks, and a close one where common words and runs of spaces, which are few tokens in
every vocabulary, count as such. The rules were found with the vocabularies that `words` names, and
`tests/bench/bounds.py` tries them on hostile texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from tollgate_proxy.bounds.common_words import TOKENS
from tollgate_proxy.bounds.single_letters import SINGLE

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
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Han, Hangul and what lies beyond the basic plane stand for themselves, all other letters form words.
_UNMARKED = (
    r"\u3005\u3006\u3031-\u3035\u303b\u303c\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    r"\U00010000-\U0010ffff"
)
# Vowels that Unicode has as marks on letters: those of Arabic, Devanagari and Thai.
_VOWELS = (
    r"\u064b-\u0657\u0900-\u0903\u093a\u093b\u093e-\u094c\u094e\u094f\u0955-\u0957\u0962\u0963"
    r"\u0e31\u0e34-\u0e3a\u0e4d"
)
_LETTERS = re.compile(rf"(?:[^\W\d_{_UNMARKED}]|[{_VOWELS}])+")
_MARKS = re.compile(rf"[{_VOWELS}]")
_SIGNS = re.compile(rf"(?![ {_UNMARKED}{_VOWELS}])[\W\d_]")
_MIXED = re.compile(r"[^\x00-\x7f](?=[A-Za-z])|[A-Za-z](?=[^\x00-\x7f])")
# Around a word: its beginning, its end, and its capital.
_MARKS_OF_A_WORD = 3
_MARKS_OF_A_SIGN = 3
_MARKS_OF_CAPITALS = 2
# Some vocabularies put a space before each text.
_BEFORE = 1


def max_tokens(text: str) -> int:
    """The most tokens that `text` can be."""
    return _of_short(text) if len(text) <= _REMEMBERED else _max_tokens(text)


def _max_tokens(text: str) -> int:
    if len(text) > LOOKED_AT:
        return coarsely(text)
    tokens = len(text) + _BEFORE
    if text.isascii():
        words = Counter(_WORD.findall(text))
    else:
        words = Counter(_WHOLE_WORD.findall(text))
        tokens += _beyond_ascii(text)
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


def coarsely(text: str) -> int:
    """The same for less work, and less closely."""
    return 2 * len(text) if text.isascii() else 2 * _longest(text) + _MARKS_OF_A_WORD * len(text)


def _beyond_ascii(text: str) -> int:
    """What a text is besides a token for each of its characters."""
    runs = _BEYOND_ASCII.findall(text)
    rest = " ".join(runs)
    tokens = _longest(rest) - len(rest) + len(_MIXED.findall(text))
    tokens -= sum(
        len(each.encode()) * times - times for each, times in Counter(rest).items() if each in SINGLE
    )
    # A number in between, as a circled one, parts words, too.
    words = sum(1 if _is_word(run) else len(run) for run in _LETTERS.findall(rest))
    tokens += _MARKS_OF_A_WORD * words
    return tokens + _MARKS_OF_A_SIGN * len(_SIGNS.findall(rest))


def _is_word(letters: str) -> bool:
    return letters.isalpha() or _MARKS.sub("", letters).isalpha()


def _longest(text: str) -> int:
    """The bytes of a text in the longest of the forms that a tokenizer may bring it into."""
    forms = (text, text.lower(), unicodedata.normalize("NFC", text), unicodedata.normalize("NFKC", text))
    return max(len(form.encode(errors="surrogatepass")) for form in forms)
