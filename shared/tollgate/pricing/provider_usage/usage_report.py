"""What a provider says that a request used: its claim, which nobody has looked at yet."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.pricing.usage import ModelUsage, TokenClass


@dataclass(frozen=True, slots=True)
class UsageReport:
    """A provider's figures, each side by itself: None where it told nothing, or nothing sound, or zero.

    A side is partial if only parts of it are known, as those that a cache has read: the rest is still to be
    estimated. `reasoning_beside` is how much of the completion is reasoning that isn't among the completion's
    own tokens. `unnamed` is what the total has more than all of this, and `unnamed_as` what it is by what is
    known of the vendor: None if that isn't known.
    """

    prompt: Mapping[TokenClass, int] | None = None
    completion: Mapping[TokenClass, int] | None = None
    prompt_is_partial: bool = False
    completion_is_partial: bool = False
    reasoning_beside: int = 0
    unnamed: int = 0
    unnamed_as: TokenClass | None = None
    tool_calls: Mapping[str, int] = field(default_factory=dict)
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    others: tuple[ModelUsage, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing of tokens."""
        return self.prompt is None and self.completion is None and not self.others
