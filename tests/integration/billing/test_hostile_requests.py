"""Whatever a client asks for, in whatever spelling: refused, or charged what the provider's books say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import billing_provider
from tests.support.builders import model, price_version, provider
from tests.support.gateway_world import Lane
from tests.support.hostile_requests import PATHS, hostile
from tollgate.catalog.catalog import ProviderType
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from tests.support.billing_provider import ProviderBooks
    from tollgate.catalog.catalog import Model, Provider
    from tollgate.pricing.price_versions import PriceVersion

SEEDS = range(8)
CALLS = 60
_CLASSES = (
    TokenClass.INPUT,
    TokenClass.OUTPUT,
    TokenClass.CACHED_INPUT,
    TokenClass.CACHE_WRITE,
    TokenClass.CACHE_WRITE_1H,
)


def prices(name: str) -> PriceVersion:
    """The provider's own, all of them."""
    rates = dict(zip(_CLASSES, map(str, billing_provider.MODELS[name]), strict=True))
    return price_version(
        rates,
        id=f"{name}:1",
        tool_prices={"web_search": billing_provider.SEARCH},
        service_tiers={**billing_provider.TIERS, **billing_provider.SPEEDS},
        inference_geos=billing_provider.GEOS,
    )


def bare(name: str) -> PriceVersion:
    """Plain rates, and none of what raises them; what is written to a cache for minutes has its rate."""
    complete = prices(name)
    classes = (TokenClass.INPUT, TokenClass.OUTPUT, TokenClass.CACHE_WRITE)
    plain = {each: complete.rates[each] for each in classes}
    return replace(complete, rates=plain, tool_prices={}, service_tiers={}, inference_geos={})


@pytest.fixture(params=SEEDS)
def seed(request) -> int:
    return request.param


@pytest.fixture
def billing(seed) -> Any:
    with billing_provider.keeping_books(seed) as (base_url, books):
        yield Billing(base_url, books)


@dataclass(frozen=True)
class Billing:
    base_url: str
    books: ProviderBooks

    @property
    def total(self) -> Decimal:
        return self.books.total

    def catalog(self, api: str, *, complete: bool) -> Catalog:
        """The provider's models, of the API's type of provider, with all of its prices or its plain rates."""
        kind = ProviderType.ANTHROPIC if api == "messages" else ProviderType.OPENAI
        version = prices if complete else bare
        return Catalog(
            provider(self.base_url, id="prv_billing", type=kind),
            {
                name: replace(
                    model(name, provider_id="prv_billing", remote_id=name, prices=(version(name),)),
                    output_limit=billing_provider.OUTPUT_LIMIT,
                    context_limit=billing_provider.CONTEXT,
                )
                for name in billing_provider.MODELS
            },
        )


@dataclass(frozen=True)
class Catalog:
    only: Provider
    by_name: dict[str, Model]

    def model(self, name: str) -> Model | None:
        return self.by_name.get(name)

    def provider(self, _: str) -> Provider:
        return self.only

    def models(self) -> list[Model]:
        return [*self.by_name.values()]


@pytest.mark.parametrize("complete", [True, False], ids=["priced", "unpriced"])
def test_no_request_costs_the_provider_more_than_is_charged(lanes, billing, seed, complete):
    random = Random(f"{seed} {complete}")
    served = 0
    for _ in range(CALLS):
        lane = Lane(lanes, budget_limit=None)
        api, body = hostile(random)
        gateway = replace(lanes.gateway(), catalog=billing.catalog(api, complete=complete))
        before = billing.total

        answer = lane.call(body, path=PATHS[api], gateway=gateway)

        spent = billing.total - before
        charged = sum((record["calculated_cost"] for record in lane.records), Decimal(0))
        assert charged >= spent, (answer.status, body)
        assert lane.scope.budget_used == charged
        served += answer.status == 200
    assert served > CALLS // 6  # or nothing was tried


def test_no_request_takes_the_provider_over_a_hard_budget(lanes, billing, seed):
    random = Random(f"{seed} hard")
    for limit in ("0.5", "3", "20"):
        lane = Lane(lanes, budget_limit=limit, enforcement=Enforcement.HARD)
        before = billing.total
        for _ in range(CALLS // 2):
            api, body = hostile(random)
            gateway = replace(lanes.gateway(), catalog=billing.catalog(api, complete=True))
            lane.call(body, path=PATHS[api], gateway=gateway)
            assert billing.total - before <= Decimal(limit), body
        assert lane.scope.budget_used <= Decimal(limit)
        assert lane.scope.budget_used >= billing.total - before
        assert lane.scope.holds == {}
