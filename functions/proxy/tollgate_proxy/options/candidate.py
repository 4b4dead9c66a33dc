"""A provider that could serve a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.further_models import PricedFurtherModel


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that could serve a call, under its name of the model and at its price.

    `long_prompts` says whether that holds for prompts of any length.
    """

    provider: Provider
    remote_id: str
    price: PriceVersion
    weight: int = 1
    priority: int = 0
    long_prompts: bool = False
    further: tuple[PricedFurtherModel, ...] = ()

    @property
    def fallbacks(self) -> tuple[PricedFurtherModel, ...]:
        """Those of the further models that may serve in place of the call's own."""
        return tuple(each for each in self.further if not each.named.advises)

    @property
    def prices(self) -> tuple[PriceVersion, ...]:
        """All that it may be served at."""
        return (self.price, *(each.price for each in self.fallbacks))

    @property
    def target(self) -> tuple[str, str]:
        return self.provider.id, self.remote_id
