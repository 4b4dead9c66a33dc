"""Token counts of a request, in classes that don't overlap."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

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


_OUTPUT = frozenset(
    {TokenClass.OUTPUT, TokenClass.REASONING, TokenClass.OUTPUT_AUDIO, TokenClass.OUTPUT_IMAGE}
)


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
