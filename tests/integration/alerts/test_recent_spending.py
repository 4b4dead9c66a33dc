"""What a scope has spent in the last 24 hours, from sums of days, and by model as far as it is summed up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.support import rolled_up
from tollgate.alerts.store.fresh_spending import FreshSpending
from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate.alerts.store.samples_table import SamplesTable
from tollgate.costs.aggregates import Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.costs_table import CostsTable

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def costs(dynamodb, tables) -> CostsTable:
    return CostsTable(dynamodb, tables["CostsTable"])


@pytest.fixture
def spend(costs):
    numbers = iter(range(1000))

    def spent(cost: str, at: datetime = NOON, model: str = "small", scopes=("key_a", "key_root")) -> None:
        tally = Tally(requests=1, cost=Decimal(cost))
        rolled_up.add(costs, CostEntry(f"req_{next(numbers)}", "key_a", model, at.date(), tally, scopes))

    return spent


@pytest.fixture
def recent(costs) -> RecentSpending:
    return RecentSpending(costs, UTC)


@pytest.fixture
def top_models(recent, dynamodb, tables):
    """Of the last 24 hours in which a key spent so much."""
    fresh = FreshSpending(SamplesTable(dynamodb, tables["AlertsTable"]), recent)

    def named(last_day: str, scope_id: str = "key_a", now: datetime = NOON):
        return [(name, str(cost)) for name, cost in fresh.top_models(scope_id, now, Decimal(last_day))]

    return named


def test_who_has_spent_nothing_has_spent_nothing(recent):
    assert recent.last_day("key_a", NOON) == 0
    assert recent.by_model("key_a", NOON) == {}


def test_today_counts_in_full_and_of_yesterday_what_lies_within_24_hours(recent, spend):
    spend("1")
    spend("4", NOON - DAY)
    spend("100", NOON - 2 * DAY)
    spend("100", NOON + DAY)
    assert recent.last_day("key_a", NOON) == 3
    assert recent.last_day("key_a", NOON.replace(hour=0)) == 5
    assert recent.last_day("key_a", NOON.replace(hour=18)) == 2


def test_a_scope_is_charged_what_its_descendants_spend(recent, spend):
    spend("1")
    spend("2", scopes=("key_b", "key_root"))
    assert [recent.last_day(scope, NOON) for scope in ("key_a", "key_b", "key_root")] == [1, 2, 3]
    assert recent.by_model("key_root", NOON) == {"small": 3}


def test_the_dearest_models_come_first(top_models, spend):
    for model, cost in (("a", "1"), ("b", "3"), ("c", "2"), ("free", "0")):
        spend(cost, model=model)
    spend("6", NOON - DAY, model="a")
    assert top_models("9") == [("a", "4.000000"), ("b", "3.000000"), ("c", "2.000000")]


def test_models_that_cost_the_same_come_by_name(top_models, spend):
    for model in ("b", "c", "a"):
        spend("1", model=model)
    assert [name for name, _ in top_models("3")] == ["a", "b", "c"]


def test_models_are_named_as_far_as_they_are_summed_up(top_models, spend):
    spend("1")
    assert top_models("5") == [("small", "1.000000")]


def test_models_cost_no_more_together_than_was_spent(top_models, spend):
    """What sums know of the day before, they know of all its hours."""
    spend("6", NOON - DAY, model="a")
    spend("1", model="b")
    assert top_models("2") == [("a", "1.500000"), ("b", "0.500000")]
    assert top_models("0") == []


def test_a_share_of_a_day_is_rounded_to_a_millionth(recent, spend):
    spend("1", NOON - DAY)
    at = NOON.replace(hour=8)
    assert recent.last_day("key_a", at) == Decimal("0.666667")


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "spent", "last_day"),
    [
        ("2026-07-14T22:00", {"2026-07-14": "24"}, "24"),
        ("2026-07-15T04:00", {"2026-07-14": "24", "2026-07-15": "1"}, "19"),
        # A day of 23 hours: the 24 before 6:30 begin 17 hours before its end.
        ("2026-03-29T04:30", {"2026-03-28": "24", "2026-03-29": "1"}, "19.5"),
        ("2026-03-30T04:30", {"2026-03-29": "23", "2026-03-30": "1"}, "18.5"),
        # Just after that day the last 24 hours reach into the one before it.
        ("2026-03-29T22:30", {"2026-03-28": "24", "2026-03-29": "23"}, "23.5"),
        # A day of 25 hours.
        ("2026-10-26T05:00", {"2026-10-25": "25", "2026-10-24": "100"}, "18"),
    ],
)
def test_days_are_those_of_the_reporting_zone(costs, now, spent, last_day):
    """A dollar an hour, by the clocks of Berlin: an hour ahead of UTC, two in summer."""
    for number, (day, cost) in enumerate(spent.items()):
        tally = Tally(requests=1, cost=Decimal(cost))
        of_day = date.fromisoformat(day)
        rolled_up.add(costs, CostEntry(f"req_{number}", "key_a", "small", of_day, tally, ("key_a",)))
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert RecentSpending(costs, BERLIN).last_day("key_a", at) == Decimal(last_day)
    assert RecentSpending(costs, BERLIN).by_model("key_a", at) == {"small": Decimal(last_day)}


def test_a_day_that_no_clock_showed_counts_for_nothing(costs):
    """Samoa went from the 29th to the 31st of December."""
    now = datetime(2011, 12, 30, 12, tzinfo=UTC)
    for number, day in enumerate([29, 31]):
        tally = Tally(requests=1, cost=Decimal(24))
        of_day = date(2011, 12, day)
        rolled_up.add(costs, CostEntry(f"req_{number}", "key_a", "small", of_day, tally, ("key_a",)))
    assert RecentSpending(costs, ZoneInfo("Pacific/Apia")).last_day("key_a", now) == 24 + 22
