"""What letters and signs beyond ASCII add to a text's tokens at most, whichever the model: see `texts`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from tollgate_proxy.bounds.single_letters import SINGLE

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


def coarse_max_tokens(text: str) -> int:
    """All the tokens of a text, for less work."""
    return 2 * _longest(text) + _MARKS_OF_A_WORD * len(text)


def besides(text: str) -> int:
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
