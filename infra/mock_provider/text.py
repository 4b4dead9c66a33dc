"""The mock's text and its tokens.

One token is one whitespace-separated word. A prompt's tokens are the words of its messages' text, text parts
included, plus MESSAGE_OVERHEAD_TOKENS a message (a system prompt or `instructions` is a message too). Tool
definitions, tool call arguments, images and files count nothing. Structured output counts as the text in it
would alone.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain, count, islice

MESSAGE_OVERHEAD_TOKENS = 4
TEXT_FIELDS = ("text", "content", "output")
WORDS = (
    "amber anchor autumn barley basin beacon birch bramble bridge canyon cedar cinder clover copper coral "
    "cotton delta dune ember falcon fern field flint forest garden glacier granite harbor hazel heron island "
    "ivory juniper kelp lagoon lantern lichen linen maple marble meadow mist moss nectar oak ocean olive "
    "orchard pebble pine plum prairie quartz raven reed river saffron sage sand silver slate spruce "
    "thistle willow"
)
VOCABULARY = WORDS.split()


def words(seed: str) -> Iterator[str]:
    """An endless text that `seed` decides."""
    for block in count():
        for byte in sha256(f"{seed}/{block}".encode()).digest():
            yield VOCABULARY[byte % len(VOCABULARY)]


def pieces(seed: str, tokens: int | None) -> Iterator[str]:
    """The text as a stream's deltas, one token each; without end if `tokens` is None."""
    text = words(seed)
    first = islice(text, 1)
    return islice(chain(first, (f" {word}" for word in text)), tokens)


def arguments(text: Iterable[str]) -> Iterator[str]:
    """A tool call's arguments, `{"text": ...}`, as a stream's deltas: as many words as `text` has."""
    return chain(['{"text":"'], text, ['"}'])


def count_words(content: object) -> int:
    """Words of a message or its content: a string, or the text of its parts, however nested."""
    if isinstance(content, str):
        return len(content.split())
    if isinstance(content, list):
        return sum(map(count_words, content))
    if isinstance(content, dict):
        return sum(count_words(content.get(field)) for field in TEXT_FIELDS)
    return 0


def count_prompt(messages: Iterable[object]) -> int:
    """Tokens of a prompt made of `messages`; those that are None are not there."""
    return sum(count_words(message) + MESSAGE_OVERHEAD_TOKENS for message in messages if message is not None)
