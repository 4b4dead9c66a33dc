"""Token counts of a request, in classes that don't overlap."""

from __future__ import annotations

from dataclasses import field
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Self

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


class TokenClass(StrEnum):
    """Classes of tokens that may have their own price. Providers report most as parts of a total."""

    INPUT = "input"
    CACHED_INPUT = "cached_input"
    CACHE_WRITE = "cache_write"
    CACHE_WRITE_1H = "cache_write_1h"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    OUTPUT = "output"
    REASONING = "reasoning"
    OUTPUT_AUDIO = "output_audio"
    OUTPUT_IMAGE = "output_image"

    @property
    def is_output(self) -> bool:
        return self in _OUTPUT


# As what a usage counts images by the piece, before it is known which price they have.
IMAGES_MADE = "images"


class Occurrence(Enum):
    """When a request can use tokens of a class, so that what is held must cover them."""

    ALWAYS = auto()
    IF_ASKED = auto()
    UNLESS_OTHER_OUTPUT_IS_ASKED = auto()
    WITH_MEDIA = auto()


@dataclass(frozen=True, slots=True)
class TokenClassSpec:
    """What there is to say of a class.

    Without a price of its own it costs what the class does that it is `part_of`. `price_field` is what its
    price is called by administrators, in snake case.
    """

    price_field: str
    is_output: bool
    part_of: TokenClass | None
    occurs: Occurrence = Occurrence.ALWAYS


TOKEN_CLASSES: Mapping[TokenClass, TokenClassSpec] = {
    TokenClass.INPUT: TokenClassSpec("input_price", is_output=False, part_of=None),
    TokenClass.CACHED_INPUT: TokenClassSpec("cached_input_price", is_output=False, part_of=TokenClass.INPUT),
    TokenClass.CACHE_WRITE: TokenClassSpec("cache_write_price", is_output=False, part_of=TokenClass.INPUT),
    TokenClass.CACHE_WRITE_1H: TokenClassSpec(
        "cache_write_1h_price",
        is_output=False,
        part_of=TokenClass.CACHE_WRITE,
        occurs=Occurrence.IF_ASKED,
    ),
    TokenClass.INPUT_AUDIO: TokenClassSpec(
        "input_audio_price", is_output=False, part_of=TokenClass.INPUT, occurs=Occurrence.WITH_MEDIA
    ),
    TokenClass.INPUT_IMAGE: TokenClassSpec(
        "input_image_price", is_output=False, part_of=TokenClass.INPUT, occurs=Occurrence.WITH_MEDIA
    ),
    TokenClass.OUTPUT: TokenClassSpec("output_price", is_output=True, part_of=None),
    TokenClass.REASONING: TokenClassSpec("reasoning_price", is_output=True, part_of=TokenClass.OUTPUT),
    TokenClass.OUTPUT_AUDIO: TokenClassSpec(
        "output_audio_price", is_output=True, part_of=TokenClass.OUTPUT, occurs=Occurrence.IF_ASKED
    ),
    # Without a request for other output, some models paint unasked, and have a price for it then.
    TokenClass.OUTPUT_IMAGE: TokenClassSpec(
        "output_image_price",
        is_output=True,
        part_of=TokenClass.OUTPUT,
        occurs=Occurrence.UNLESS_OTHER_OUTPUT_IS_ASKED,
    ),
}

# Of each class, so that one without a spec fails here and not on a bill.
_OUTPUT = frozenset(each for each in TokenClass if TOKEN_CLASSES[each].is_output)


class UsageSource(StrEnum):
    """Where token counts come from: the provider's own figures, or an estimate without them."""

    PROVIDER = "provider"
    ESTIMATED = "estimated"


class UsageFlag(StrEnum):
    """Which of a provider's figures were missing, implausible or without a price."""

    PROMPT_ESTIMATED = "prompt_estimated"
    COMPLETION_ESTIMATED = "completion_estimated"
    PROMPT_IMPLAUSIBLE = "prompt_implausible"
    COMPLETION_IMPLAUSIBLE = "completion_implausible"
    TOOL_CALLS_IMPLAUSIBLE = "tool_calls_implausible"
    TOTAL_IMPLAUSIBLE = "total_implausible"
    TIER_IMPLAUSIBLE = "tier_implausible"
    TIER_NOT_PRICED = "tier_not_priced"
    TOOL_NOT_PRICED = "tool_not_priced"
    MODEL_NOT_PRICED = "model_not_priced"


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Tokens that another model than the one asked for has used within a request, by the provider's name."""

    model: str
    tokens: Mapping[TokenClass, int]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one request used.

    `tokens` holds the classes that occurred, `tool_calls` how often the provider ran a tool of its
    own (`web_search`). `service_tier`, `speed` and `inference_geo` are how, and where, it says it served the
    request, each of which may have its own price. `others` are further models that worked on it, whose tokens
    are not among `tokens`. `flags` say what of this the provider didn't say, or wasn't believed.
    """

    tokens: Mapping[TokenClass, int]
    source: UsageSource
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    others: tuple[ModelUsage, ...] = ()
    flags: frozenset[UsageFlag] = frozenset()

    @classmethod
    def of(
        cls, prompt_tokens: int, completion_tokens: int, source: UsageSource = UsageSource.PROVIDER
    ) -> Self:
        """Plain input and output tokens."""
        counts = {TokenClass.INPUT: prompt_tokens, TokenClass.OUTPUT: completion_tokens}
        return cls({token_class: count for token_class, count in counts.items() if count}, source)

    @property
    def prompt_tokens(self) -> int:
        return sum(count for token_class, count in self.tokens.items() if not token_class.is_output)

    @property
    def completion_tokens(self) -> int:
        return sum(count for token_class, count in self.tokens.items() if token_class.is_output)

    @property
    def total_tokens(self) -> int:
        return sum(self.tokens.values())


NO_USAGE = Usage({}, UsageSource.PROVIDER)
