"""Whatever a client asks for, in whatever spelling: refused, or charged what the provider's books say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests import billing_provider
from tests.builders import model, price_version, provider
from tests.gateway_world import Lane
from tests.hostile_requests import PATHS, hostile
from tollgate.catalog import ProviderType
from tollgate.scopes import Enforcement
from tollgate.usage import TokenClass

if TYPE_CHECKING:
    from tollgate.prices import PriceVersion

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
    """Plain rates, and none of what raises them."""
    complete = prices(name)
    plain = {each: complete.rates[each] for each in (TokenClass.INPUT, TokenClass.OUTPUT)}
    return replace(complete, rates=plain, tool_prices={}, service_tiers={}, inference_geos={})


@pytest.fixture(params=SEEDS)
def seed(request) -> int:
    return request.param


@pytest.fixture
def billing(lanes, seed) -> Any:
    with billing_provider.keeping_books(seed) as (base_url, books):
        lanes.catalog.add_provider(provider(base_url, id=f"prv_b{seed}", name=f"b{seed}"))
        anthropic = provider(base_url, id=f"prv_c{seed}", name=f"c{seed}", type=ProviderType.ANTHROPIC)
        lanes.catalog.add_provider(anthropic)
        yield books


def serve(lanes, api: str, seed: int, *, complete: bool) -> Any:
    """A gateway whose catalog has the provider's models, for an API's type of provider."""
    of = f"prv_c{seed}" if api == "messages" else f"prv_b{seed}"
    version = prices if complete else bare
    models = {
        name: replace(
            model(name, provider_id=of, remote_id=name, prices=(version(name),)),
            output_limit=billing_provider.OUTPUT_LIMIT,
            context_limit=billing_provider.CONTEXT,
        )
        for name in billing_provider.MODELS
    }
    return replace(lanes.gateway(), catalog=_Catalog(lanes.catalog, models))


class _Catalog:
    def __init__(self, catalog: Any, models: dict[str, Any]) -> None:
        self._catalog, self._models = catalog, models

    def model(self, name: str) -> Any:
        return self._models.get(name)

    def provider(self, provider_id: str) -> Any:
        return self._catalog.provider(provider_id)

    def models(self) -> Any:
        return self._models.values()


@pytest.mark.parametrize("complete", [True, False], ids=["priced", "unpriced"])
def test_no_request_costs_the_provider_more_than_is_charged(lanes, billing, seed, complete):
    random = Random(f"{seed} {complete}")
    served = 0
    for _ in range(CALLS):
        lane = Lane(lanes, budget_limit=None)
        api, body = hostile(random)
        gateway = serve(lanes, api, seed, complete=complete)
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
            lane.call(body, path=PATHS[api], gateway=serve(lanes, api, seed, complete=True))
            assert billing.total - before <= Decimal(limit), body
        assert lane.scope.budget_used <= Decimal(limit)
        assert lane.scope.budget_used >= billing.total - before
        assert lane.scope.holds == {}
