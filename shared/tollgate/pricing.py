"""Prices, and what a request's tokens cost at them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


class UsageSource(StrEnum):
    """Where token counts come from: the provider's own figures, or an estimate where it gave none."""

    PROVIDER = "provider"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request, as the provider's totals count them."""

    prompt_tokens: int
    completion_tokens: int
    source: UsageSource


NO_USAGE = Usage(0, 0, UsageSource.PROVIDER)


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A model's prices from a moment on, in USD per 1M tokens. None: not priced."""

    id: str
    input_price: Decimal | None
    output_price: Decimal | None
    effective_at: datetime

    @property
    def is_free(self) -> bool:
        return not self.input_price and not self.output_price


def price(usage: Usage, version: PriceVersion) -> Decimal:
    """What `usage` costs in USD, exactly."""
    with money.exact():
        return money.cost_of(usage.prompt_tokens, version.input_price or money.ZERO) + money.cost_of(
            usage.completion_tokens, version.output_price or money.ZERO
        )
