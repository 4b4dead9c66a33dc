"""The catalog's cache: old prices for a while, but never a model that is said not to be there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.support.builders import model, provider
from tollgate.catalog.catalog import Model, Provider
from tollgate.pricing.usage import TokenClass
from tollgate_proxy.catalog_cache import MAX_AHEAD, CachedCatalog

SECONDS = 30


@dataclass
class FakeCatalog:
    """A catalog that counts how often it is asked."""

    stored: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    aliases: dict = field(default_factory=dict)

    def model(self, system_name):
        self.asked.append(system_name)
        return self.stored.get(system_name)

    def aliased(self, alias):
        self.asked.append(f"alias {alias}")
        return self.aliases.get(alias)

    def wildcards(self):
        return [name for name in self.stored if name.endswith("*")]

    def of_wildcard(self, wildcard, name):
        self.asked.append(f"{wildcard.system_name} {name}")
        return replace(model(name), prices=() if "unpriced" in name else model(name).prices)

    def provider(self, provider_id):
        self.asked.append(provider_id)
        return self.stored.get(provider_id)

    def models(self):
        self.asked.append("models")
        return [each for each in self.stored.values() if isinstance(each, Model)]

    def providers(self):
        self.asked.append("providers")
        return [each for each in self.stored.values() if isinstance(each, Provider)]


class FakeClock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def source():
    return FakeCatalog({"small": model("small"), provider().id: provider()})


# A clock may begin anywhere, at zero too.
@pytest.fixture(params=[0.0, 12.5, 1e6])
def clock(request):
    return FakeClock(request.param)


@pytest.fixture
def cached(source, clock):
    return CachedCatalog(source, SECONDS, clock)


def test_a_model_is_read_once_in_its_time(cached, source, clock):
    for _ in range(3):
        assert cached.model("small") == model("small")
        clock.now += (SECONDS - 1) / 3
    assert source.asked == ["small"]


def test_a_provider_is_read_once_in_its_time(cached, source):
    assert cached.provider(provider().id) == cached.provider(provider().id) == provider()
    assert source.asked == [provider().id]


def test_a_new_price_is_in_force_when_the_time_is_over(cached, source, clock):
    before = cached.model("small")
    dearer = replace(before.prices[0], id="mdl_small:2", rates={TokenClass.INPUT: Decimal(3)})
    source.stored["small"] = after = replace(before, prices=(*before.prices, dearer))

    clock.now += SECONDS - 0.5
    assert cached.model("small") == before
    clock.now += 0.5
    assert cached.model("small") == after


def test_reading_again_begins_a_new_time(cached, source, clock):
    cached.model("small")
    clock.now += SECONDS
    cached.model("small")
    clock.now += SECONDS - 0.5
    cached.model("small")
    assert source.asked == ["small", "small"]


def test_using_what_is_kept_does_not_keep_it_longer(cached, source, clock):
    for _ in range(SECONDS + 1):
        cached.model("small")
        clock.now += 1
    assert source.asked == ["small", "small"]


def test_a_model_that_was_just_added_is_found_at_once(cached, source):
    assert cached.model("large") is None
    assert cached.model("large") is None
    source.stored["large"] = model("large")
    assert cached.model("large") == model("large")
    assert source.asked == [*["large", "alias large"] * 2, "large"]


def test_names_that_are_not_there_take_no_memory(source, clock):
    """Anyone can ask for them, for a name is looked up before the key is known to be good."""
    kept = {}
    cached = CachedCatalog(source, SECONDS, clock, kept)
    for number in range(10):
        assert cached.model(f"made-up-{number}") is None
    assert kept.keys() == {("wildcards", "")}


def test_a_name_that_is_longer_than_any_models_is_not_looked_for(cached, source):
    """DynamoDB takes no key of 2 KB, and whoever asks for one isn't known yet."""
    source.stored["team/*"] = model("team/*", remote_id="*")
    longest = "team/".ljust(128, "x")
    assert cached.model(longest) is not None
    source.asked.clear()
    assert cached.model(f"{longest}x") is None
    assert source.asked == []


def test_a_provider_that_was_just_added_is_found_at_once(cached, source):
    assert cached.provider("prv_new") is None
    source.stored["prv_new"] = provider(id="prv_new")
    assert cached.provider("prv_new") is not None


def test_a_model_that_was_removed_is_gone_when_the_time_is_over_and_may_come_back(cached, source, clock):
    removed = cached.model("small")
    del source.stored["small"]

    assert cached.model("small") == removed
    clock.now += SECONDS
    assert cached.model("small") is None
    source.stored["small"] = removed
    assert cached.model("small") == removed


def test_a_model_and_a_provider_of_the_same_name_are_kept_apart(source, clock):
    source.stored["same"] = model("same")
    cached = CachedCatalog(source, SECONDS, clock)
    cached.model("same")
    source.stored["same"] = provider(id="same")
    assert cached.provider("same") == provider(id="same")


def test_each_model_has_its_own_time(cached, source, clock):
    source.stored["large"] = model("large")
    cached.model("small")
    clock.now += SECONDS - 1
    cached.model("large")
    clock.now += 1
    cached.model("large")
    cached.model("small")
    assert source.asked == ["small", "large", "small"]


def test_the_list_of_models_is_always_read(cached, source):
    assert list(cached.models()) == list(cached.models()) == [model("small")]
    assert source.asked == ["models", "models"]


def test_a_cache_of_no_time_keeps_nothing(source, clock):
    cached = CachedCatalog(source, 0, clock)
    cached.model("small")
    cached.model("small")
    assert source.asked == ["small", "small"]


def test_two_caches_share_nothing(source, clock):
    CachedCatalog(source, SECONDS, clock).model("small")
    CachedCatalog(source, SECONDS, clock).model("small")
    assert source.asked == ["small", "small"]


def test_what_is_read_ahead_is_as_old_as_the_reading(cached, source, clock):
    cached.read_ahead()
    clock.now += SECONDS - 0.5
    assert cached.model("small") == model("small")
    assert cached.provider(provider().id) == provider()
    assert source.asked == ["models", "providers"]
    clock.now += 0.5
    cached.model("small")
    assert source.asked == ["models", "providers", "small"]


def test_of_a_large_catalog_the_first_items_are_read_ahead(source, clock):
    source.stored |= {f"m{number}": model(f"m{number}") for number in range(2 * MAX_AHEAD)}
    kept = {}
    CachedCatalog(source, SECONDS, clock, kept).read_ahead()
    assert len(kept) == MAX_AHEAD + 1


def test_what_is_forgotten_is_read_again(cached, source):
    cached.read_ahead()
    cached.forget()
    cached.model("small")
    assert source.asked == ["models", "providers", "small"]


def test_a_clock_that_is_set_back_keeps_nothing_longer(cached, source, clock):
    cached.model("small")
    clock.now -= 3600
    cached.model("small")
    assert source.asked == ["small", "small"]


def test_a_model_is_found_by_its_alias_and_then_remembered_by_it(source, clock):
    catalog = CachedCatalog(source, SECONDS, clock)
    assert catalog.model("tiny") is None
    source.aliases["tiny"] = "small"
    source.asked.clear()
    assert [catalog.model(name).system_name for name in ("tiny", "tiny", "small")] == ["small"] * 3
    assert source.asked == ["tiny", "alias tiny", "small"]
    clock.now += SECONDS
    assert catalog.model("tiny").system_name == "small"
    assert source.asked[3:] == ["tiny", "alias tiny", "small"]


def test_an_alias_of_a_model_that_is_gone_is_nobodys(source, clock):
    source.aliases["tiny"] = "gone"
    assert CachedCatalog(source, SECONDS, clock).model("tiny") is None


def test_a_model_that_a_wildcard_stands_for_is_remembered_if_it_has_a_price(source, clock):
    source.stored["team/*"] = model("team/*", prices=())
    catalog = CachedCatalog(source, SECONDS, clock)
    for _ in range(2):
        assert catalog.model("team/a").system_name == "team/a"
        assert catalog.model("team/unpriced").prices == ()
    assert source.asked.count("team/* team/a") == 1
    assert source.asked.count("team/* team/unpriced") == 2
    assert [catalog.model(name) for name in ("team/*", "team/", "other/a")] == [None] * 3


def test_a_wildcard_with_prices_needs_nothing_else_and_its_models_take_no_memory(source, clock):
    source.stored["team/*"] = model("team/*", remote_id="*")
    kept = {}
    catalog = CachedCatalog(source, SECONDS, clock, kept)
    for number in range(5):
        assert catalog.model(f"team/{number}").remote_id == str(number)
    assert kept.keys() == {("wildcards", ""), ("model", "team/*")}
