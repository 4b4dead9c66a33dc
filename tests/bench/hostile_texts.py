"""Texts that are many tokens for their size: unheard of, mixed, rare, or badly spelt."""

from __future__ import annotations

import base64
import random
import string
from typing import TYPE_CHECKING

from tollgate_proxy.bounds.common_words import TOKENS
from tollgate_proxy.bounds.single_letters import SINGLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCKS = [
    *((0xA0, 0x24F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xDFF), (0x1200, 0x18FF), (0x2000, 0x2BFF)),
    *((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xA000, 0xD7FF), (0xE000, 0xFFFD), (0x1F300, 0x1FAFF)),
]


def hostile(seed: int, count: int) -> Iterator[str]:
    """As many texts of all kinds, the same for the same seed."""
    chance = random.Random(seed)
    words = list(TOKENS)

    def several(characters: str, most: int = 14) -> Callable[[], str]:
        return lambda: "".join(chance.choices(characters, k=chance.randint(1, most)))

    def word() -> str:
        chosen = chance.choice(words)
        return chance.choices([chosen, chosen.capitalize(), chosen.upper()], [7, 2, 1])[0]

    def rare() -> str:
        return "".join(chr(chance.randint(*chance.choice(_BLOCKS))) for _ in range(chance.randint(1, 4)))

    def mixed(*kinds: Callable[[], str]) -> Callable[[], str]:
        return lambda: "".join(chance.choice(kinds)() for _ in range(chance.randint(1, 8)))

    signs, letters = string.punctuation, string.ascii_letters
    kinds = [
        several(signs + " "),
        several(signs + " \n\t"),
        several(signs + "aqzxj" * 4 + "   "),
        several("AQZXJ" * 3 + signs + "  "),
        several("1234567890" * 2 + signs + " aZ"),
        several(" \n\t\r" * 3 + "a.1", 30),
        mixed(lambda: " " * chance.randint(1, 40), word, several("\n{1", 1)),
        mixed(several(" _.-(1\n", 1), word, lambda: "'s"),
        mixed(word, several(signs + " \n\t01", 1), several(letters, 1)),
        rare,
        mixed(rare, word, several("aQz1 ,.\n", 1), lambda: " "),
        lambda: chance.randbytes(20).decode("latin1"),
        lambda: base64.b64encode(chance.randbytes(60)).decode(),
        lambda: chance.randbytes(20).hex(),
        several("0123456789", 60),
        several("".join(SINGLE) + " " * 100, 30),
        mixed(several("".join(SINGLE), 4), rare, several("aQz1 ,.\n", 1), word),
    ]
    for number in range(count):
        yield kinds[number % len(kinds)]()
