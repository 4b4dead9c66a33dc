"""Bills worked out by hand from providers' own price lists, which must come out to the last digit.

A module of this package holds a provider's tables: `PRICES`, what it published, and where, and `EXAMPLES`.
An example with `shown` has its counts, or its sum, from that page of the provider's; without it the counts
are made up.
Prices have changed since: what matters is that the ones that were published are reproduced.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.builders import NOW, price_version
from tollgate.ledger.plausibility import Estimate, credible_usage
from tollgate.pricing.bill import price
from tollgate.pricing.provider_usage import from_chat
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.pricing.bill import Breakdown
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate.pricing.provider_usage import UsageReport


def rates(**usd_per_million: str) -> dict[TokenClass, Decimal]:
    return {TokenClass(name): Decimal(rate) for name, rate in usd_per_million.items()}


def factors(**each: str) -> dict[str, Decimal]:
    return {name: Decimal(factor) for name, factor in each.items()}


def published(source: str, changes: dict[str, Any] | None = None, **usd_per_million: str) -> PriceVersion:
    return price_version(
        {TokenClass(name): rate for name, rate in usd_per_million.items()}, source=source, **(changes or {})
    )


@dataclass(frozen=True)
class Example:
    """`total` in USD; `lines`, where given, item by item what they cost."""

    model: str
    report: dict[str, Any]
    total: str
    lines: dict[str, str] = field(default_factory=dict)
    read: Callable[..., UsageReport] = from_chat
    vendor: Vendor = Vendor.OTHER
    tier: str | None = None
    at: str = NOW.isoformat()
    factor: str = "1"
    shown: str | None = None


def chat(prompt: int, completion: int, unseen: int = 0, **details: Any) -> dict[str, Any]:
    """A chat completion's usage; `unseen` is what only the total has."""
    total = prompt + completion + unseen
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **details}


def message(plain: int, output: int, read: int = 0, written: int = 0, **others: Any) -> dict[str, Any]:
    """A message's usage, with the cache's tokens beside the plain ones."""
    return {
        "input_tokens": plain,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": output,
        **others,
    }


def bill_for(example: Example, prices: Mapping[str, PriceVersion]) -> Breakdown:
    habits = {} if example.vendor is Vendor.OTHER else {"vendor": example.vendor}
    usage = credible_usage(example.read(example.report, **habits), Estimate(lambda: 0, lambda: 0))
    if example.tier is not None:  # a chat completion says its tier beside the usage object
        usage = replace(usage, service_tier=example.tier)
    at = datetime.fromisoformat(example.at)
    return price(usage, prices[example.model], at, Decimal(example.factor))
