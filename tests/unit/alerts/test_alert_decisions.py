"""What is told of a budget: once for each way up, the highest of a jump, never too often, never nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, scope
from tollgate.alerts.alerts import AlertKind, deliveries
from tollgate.alerts.decisions import AlertPolicy, AlertState, BudgetSnapshot, unwatched
from tollgate.alerts.decisions import WatchedBudget as Kind
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Balance, Enforcement
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Period, Schedule

HOUR = timedelta(hours=1)
POLICY = AlertPolicy()
OWNER, BOTH = ("owner",), ("owner", "admin")


def balance(used: str, limit: str = "10", **changes) -> Balance:
    amount, spent = Decimal(limit), Decimal(used)
    made = Balance("total", amount, amount, spent, amount - spent, Enforcement.SOFT, resets_at=None)
    return replace(made, **changes)


class Budget:
    """A budget that is looked at as it changes."""

    def __init__(self, policy: AlertPolicy = POLICY, **key) -> None:
        self.policy, self.scope = policy, scope(**{"created_at": NOW - 24 * HOUR, **key})
        self.mark, self.now = AlertState(), NOW

    def at(self, used: str, limit: str = "10", *, rate=None, after: timedelta = timedelta(0), **changes):
        self.now += after
        summary = BudgetSnapshot(self.scope, balance(used, limit, **changes), self.policy, self.now, rate)
        decision = summary.decide(self.mark)
        self.mark = decision.state
        return decision.content

    def percents(self, *spent: str) -> list[int | None]:
        told = [self.at(used) for used in spent]
        return [None if each is None else each.percent for each in told]


def test_each_threshold_is_told_of_when_it_is_reached():
    told = Budget().percents("7.99", "8", "8.5", "9", "9.49", "9.5", "9.99", "10", "11")
    assert told == [None, 80, None, 90, None, 95, None, 100, None]


def test_owners_hear_first_and_admins_when_it_is_urgent():
    budget = Budget()
    heard = [budget.at(used) for used in ("8", "9", "9.5", "10")]
    assert [(each.level, each.recipients) for each in heard] == [
        (Level.WARNING, OWNER),
        (Level.WARNING, OWNER),
        (Level.URGENT, BOTH),
        (Level.LIMIT, BOTH),
    ]


def test_a_jump_is_one_alert_that_names_what_it_has_passed():
    budget = Budget()
    told = budget.at("9.7")
    assert (told.percent, told.also) == (95, (80, 90))
    assert budget.percents("9.8", "10") == [None, 100]


def test_what_usage_has_fallen_below_is_told_of_again():
    budget = Budget()
    assert budget.at("8.1").percent == 80
    assert budget.at("8.1", "20") is None
    assert budget.at("16", "20", after=HOUR).percent == 80


def test_what_usage_has_not_fallen_below_is_not():
    budget = Budget()
    assert budget.at("9").percent == 90
    assert budget.at("9", "11", after=HOUR) is None
    assert budget.at("9.9", "11", after=HOUR).percent == 90  # it had fallen below this one
    assert budget.at("9.95", "11", after=HOUR) is None


def test_within_the_debounce_interval_a_threshold_is_held_back_and_told_of_after_it():
    budget = Budget()
    assert budget.at("8").percent == 80
    assert budget.at("8", "20", after=timedelta(minutes=10)) is None
    assert budget.at("16", "20", after=timedelta(minutes=10)) is None
    assert budget.mark.look_again_at == NOW + HOUR
    assert budget.at("16", "20", after=timedelta(minutes=39)) is None
    assert budget.at("16", "20", after=timedelta(minutes=1)).percent == 80
    assert budget.mark.look_again_at is None


def test_the_next_threshold_is_not_held_back_by_the_last_ones_interval():
    budget = Budget()
    assert budget.at("8").percent == 80
    assert budget.at("9", after=timedelta(seconds=1)).percent == 90


def test_a_key_may_have_an_interval_of_its_own():
    budget = Budget(alert_debounce_seconds=0)
    assert budget.at("8").percent == 80
    assert budget.at("1") is None
    assert budget.at("8").percent == 80


def test_a_keys_own_thresholds_take_the_place_of_the_defaults():
    own = (Threshold(50, Level.WARNING, OWNER), Threshold(150, Level.URGENT, ("cfo@example.com",)))
    budget = Budget(thresholds=own)
    assert budget.percents("4.9", "5", "10", "15") == [None, 50, None, 150]


def test_without_thresholds_nothing_is_told():
    assert Budget(thresholds=()).percents("8", "10", "99") == [None, None, None]


def test_a_threshold_put_in_below_what_was_told_says_nothing_new():
    budget = Budget()
    assert budget.at("9.2").percent == 90
    more = (Threshold(85, Level.WARNING, OWNER), Threshold(90, Level.WARNING, OWNER))
    budget.scope = replace(budget.scope, thresholds=more)
    assert budget.at("9.2", after=2 * HOUR) is None
    assert 85 in budget.mark.passed


MONTHLY = Quota(starts_at=NOW, resets_at=NOW + timedelta(days=30), schedule=Schedule(Period.MONTH))


def quota_balance(used: str, resets_at):
    return {"window": "month", "resets_at": resets_at}


def test_a_new_window_begins_anew_but_not_within_the_interval():
    budget = Budget(quota=MONTHLY)
    end = MONTHLY.resets_at
    assert budget.at("8", **quota_balance("8", end)).percent == 80
    following = replace(MONTHLY, starts_at=end, resets_at=end + timedelta(days=30))
    budget.scope = replace(budget.scope, quota=following)
    window = quota_balance("8", following.resets_at)
    assert budget.at("8", **window, after=timedelta(minutes=5)) is None
    assert budget.at("8", **window, after=HOUR).percent == 80


def test_a_reminder_comes_only_where_it_is_wanted():
    budget = Budget(replace(POLICY, remind_after=24 * HOUR))
    assert budget.at("9").percent == 90
    assert budget.mark.look_again_at == NOW + 24 * HOUR
    assert budget.at("9.1", after=23 * HOUR) is None
    reminder = budget.at("9.1", after=HOUR)
    assert (reminder.kind, reminder.percent) == (AlertKind.REMINDER, 90)
    assert budget.at("9.1", after=HOUR) is None
    assert Budget().percents("9", "9") == [90, None]


def test_a_raise_that_lifts_a_block_is_told():
    budget = Budget()
    assert budget.at("10").percent == 100
    told = budget.at("10", "20")
    assert (told.kind, told.level, told.recipients) == (AlertKind.RECOVERY, Level.WARNING, BOTH)
    assert budget.at("10", "20") is None


@pytest.mark.parametrize(
    ("beyond", "changes"),
    [
        (None, {}),
        (Phase.PACKS, {"packs": Decimal("0.01")}),
        (Phase.METERED, {"is_metered": True, "overage": None}),
        (Phase.METERED, {"is_metered": True, "overage": Decimal("0.01")}),
        (None, {"is_metered": True, "overage": Decimal(0)}),
    ],
    ids=["stops", "packs", "metered", "metered a little", "metered no further"],
)
def test_an_alert_says_who_pays_beyond_the_limit(beyond, changes):
    assert Budget().at("10", **changes).beyond is beyond
    assert Budget().at("8", **changes).beyond is beyond


def test_what_may_be_metered_is_used_as_well():
    assert Budget().at("10.5", is_metered=True, overage=Decimal("0.5")).beyond is None


def test_a_raise_that_lifts_no_block_is_not_told():
    budget = Budget()
    assert budget.at("9.6").percent == 95
    assert budget.at("9.6", "20") is None
    still = Budget()
    assert still.at("10").percent == 100
    still.scope = replace(still.scope, thresholds=POLICY.thresholds[:3])
    assert still.at("10") is None


def test_a_new_window_lifts_a_block_without_a_word():
    budget = Budget(quota=MONTHLY)
    assert budget.at("10", **quota_balance("10", MONTHLY.resets_at)).percent == 100
    budget.scope = replace(budget.scope, quota=replace(MONTHLY, starts_at=MONTHLY.resets_at))
    assert budget.at("0", **quota_balance("0", MONTHLY.resets_at + 30 * 24 * HOUR), after=HOUR) is None


def test_who_wants_no_word_of_recovery_gets_none():
    budget = Budget(replace(POLICY, tells_recovery=False))
    assert budget.at("10").percent == 100
    assert budget.at("10", "20") is None


def test_a_budget_that_will_not_last_is_told_of_once():
    budget = Budget()
    told = budget.at("5", rate=Decimal(1))
    assert (told.kind, told.exhausted_at) == (AlertKind.FORECAST, NOW + timedelta(days=5))
    assert told.recipients == OWNER
    assert budget.at("5.5", rate=Decimal(1)) is None
    assert budget.at("8", rate=Decimal(1)).kind is AlertKind.THRESHOLD


def test_a_keys_first_day_forecasts_nothing():
    assert Budget(created_at=NOW - 23 * HOUR).at("5", rate=Decimal(1)) is None


def test_a_forecast_looks_as_far_as_the_window_or_the_days_that_are_set():
    assert Budget().at("5", rate=Decimal("0.7")) is None  # more than seven days
    assert Budget(replace(POLICY, forecast_days=8)).at("5", rate=Decimal("0.7")) is not None
    assert Budget(replace(POLICY, forecast_days=0)).at("5", rate=Decimal(5)) is None
    window = quota_balance("5", NOW + timedelta(days=3))
    assert Budget(quota=MONTHLY).at("5", rate=Decimal(1), **window) is None
    assert Budget(quota=MONTHLY).at("5", rate=Decimal(2), **window).exhausted_at == NOW + 60 * HOUR


def test_a_forecast_that_came_to_nothing_may_come_again():
    budget = Budget()
    assert budget.at("5", rate=Decimal(1)) is not None
    assert budget.at("5", "100", rate=Decimal(1)) is None
    assert budget.at("95.5", "100", rate=Decimal(1), after=HOUR).kind is AlertKind.THRESHOLD


def test_a_rate_that_wavers_is_told_of_once_a_day_at_most():
    budget = Budget()
    assert budget.at("5", rate=Decimal(1)).kind is AlertKind.FORECAST
    for _ in range(11):
        assert budget.at("5", rate=Decimal("0.1"), after=HOUR) is None
        assert budget.at("5", rate=Decimal(1), after=HOUR) is None
    assert budget.at("5", rate=Decimal("0.1"), after=2 * HOUR) is None
    assert budget.at("5", rate=Decimal(1)).kind is AlertKind.FORECAST


def test_a_budget_that_never_had_anything_is_not_watched():
    assert Kind.TOTAL.balance_in(scope(budget_limit="0")) is None
    assert Kind.TOTAL.balance_in(scope(budget_limit=None)) is None
    assert Kind.TOTAL.balance_in(scope(budget_limit="0.01")).limit == Decimal("0.01")


def test_a_key_has_a_budget_and_a_quota_which_are_told_apart():
    monthly = replace(MONTHLY, limit=Decimal(5), allowance=Decimal(5), available=Decimal(5))
    both = scope(budget_limit="10", quota=monthly)
    assert [kind.balance_in(both).window for kind in Kind] == ["total", "month"]
    assert [kind.balance_in(scope(budget_limit=None, quota=monthly)) is None for kind in Kind] == [
        True,
        False,
    ]


def test_a_budget_that_was_taken_away_begins_anew_but_not_within_the_interval():
    budget = Budget()
    assert budget.at("10").percent == 100
    budget.mark = unwatched(budget.mark)
    assert budget.at("10") is None
    assert budget.at("10", after=HOUR).percent == 100


def test_after_a_reset_all_is_told_anew_though_nobody_has_seen_usage_fall():
    budget = Budget()
    assert budget.at("9").percent == 90
    budget.scope = replace(budget.scope, budget_reset=Decimal(9))
    assert budget.at("9", after=HOUR).percent == 90
    assert budget.at("9", after=HOUR) is None


def test_a_reset_that_lifts_a_block_is_told():
    budget = Budget()
    assert budget.at("10").percent == 100
    budget.scope = replace(budget.scope, budget_reset=Decimal(10))
    assert budget.at("0").kind is AlertKind.RECOVERY


def test_a_quotas_reset_is_not_the_budgets():
    budget = Budget(quota=MONTHLY)
    window = quota_balance("9", MONTHLY.resets_at)
    assert budget.at("9", **window).percent == 90
    budget.scope = replace(budget.scope, budget_reset=Decimal(9))
    assert budget.at("9", **window, after=HOUR) is None
    budget.scope = replace(budget.scope, quota=replace(MONTHLY, reset=Decimal(9)))
    assert budget.at("9", **window, after=HOUR).percent == 90


def test_a_window_that_begins_overspent_is_at_its_limit():
    overspent = balance("0", allowance=Decimal(-1))
    assert overspent.is_reached(100)
    assert not overspent.is_reached(101)


@given(
    st.lists(
        st.tuples(st.integers(0, 130), st.sampled_from([0, 1, 10, 40, 61, 200])), min_size=1, max_size=25
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_usage_does_no_threshold_repeats_itself_too_soon_and_none_is_lost(steps):
    budget = Budget()
    told_at: dict[int, datetime] = {}
    for percent, minutes in steps:
        told = budget.at(str(percent), "100", after=timedelta(minutes=minutes))
        named = () if told is None or told.kind is not AlertKind.THRESHOLD else (told.percent, *told.also)
        for each in named:
            assert each <= percent
        if named:
            assert told.percent not in told_at or budget.now - told_at[told.percent] >= HOUR
            told_at |= dict.fromkeys(named, budget.now)
        reached = [each.percent for each in POLICY.thresholds if percent >= each.percent]
        # What is reached has been told of, or will be when its interval is over.
        assert set(reached) <= budget.mark.passed or budget.mark.look_again_at is not None


def test_what_a_key_without_an_owner_should_hear_its_admins_do():
    told = Budget().at("8")
    assert {each.address for each in deliveries(told, None, ["ops@example.com"]).values()} == {
        None,
        "ops@example.com",
    }
    assert [each.address for each in deliveries(told, "o@example.com", ["a@example.com"]).values()] == [
        "o@example.com"
    ]


@pytest.mark.parametrize("again", ["owner@example.com", "ops@example.com"])
def test_nobody_is_told_twice(again):
    told = replace(Budget().at("10"), recipients=("owner", "admin", again))
    sent_to = [each.address for each in deliveries(told, "owner@example.com", ["ops@example.com"]).values()]
    assert sorted(str(each) for each in sent_to) == ["None", "ops@example.com", "owner@example.com"]
