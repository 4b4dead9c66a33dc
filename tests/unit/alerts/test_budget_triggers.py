"""Which changes of the keys table give reason to look at a key's budgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, hold, scope
from tollgate.alerts.decisions import AlertPolicy
from tollgate.aws import dynamodb
from tollgate.ledger.quotas import Quota
from tollgate.ledger.store import scope_items
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Period, Schedule
from tollgate_alerts.triggers.budget_triggers import ItemChange, changes, is_worth_a_look

POLICY = AlertPolicy(forecast_days=0)
FORECASTING = AlertPolicy()


def monthly(used: str, **changes) -> Quota:
    made = Quota(
        starts_at=NOW,
        resets_at=NOW + timedelta(days=30),
        limit=Decimal(10),
        schedule=Schedule(Period.MONTH),
        allowance=Decimal(10),
        used=Decimal(used),
        available=Decimal(10) - Decimal(used),
    )
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("before", "after", "worth"),
    [
        ("0", "7.99", False),
        ("7.99", "8", True),
        ("8", "8.01", True),
        ("12", "13", True),
        ("8", "0", True),
        ("8", "8", False),
    ],
)
def test_usage_counts_from_the_lowest_threshold_on_whichever_way_it_goes(before, after, worth):
    assert is_worth_a_look(scope(used=before), scope(used=after), POLICY) is worth
    old, new = (scope(budget_limit=None, quota=monthly(used)) for used in (before, after))
    assert is_worth_a_look(old, new, POLICY) is worth


def test_a_request_that_only_opens_a_hold_counts_for_nothing():
    used = scope(used="9")
    assert not is_worth_a_look(used, replace(used, holds={"req_1": hold()}, rates={"r": 1}), POLICY)


def test_a_change_of_the_limit_is_worth_a_look():
    assert is_worth_a_look(scope(used="9"), scope(budget_limit="20", used="9"), POLICY)


def test_a_budget_that_is_taken_away_is_worth_a_look_if_there_was_something_to_tell():
    assert is_worth_a_look(scope(used="9"), scope(budget_limit=None, used="9"), POLICY)
    assert is_worth_a_look(scope(used="9"), scope(budget_limit="0", used="9"), POLICY)
    assert not is_worth_a_look(scope(used="7"), scope(budget_limit=None, used="7"), POLICY)


def test_a_key_that_begins_at_a_threshold_is_worth_a_look():
    assert is_worth_a_look(None, scope(used="8"), POLICY)
    assert not is_worth_a_look(None, scope(used="7"), POLICY)


def test_a_new_window_is_worth_a_look_if_there_was_something_to_tell_in_the_old_one():
    following = monthly("0", starts_at=NOW + timedelta(days=30), resets_at=NOW + timedelta(days=60))
    for used, worth in (("9", True), ("1", False)):
        old = scope(budget_limit=None, quota=monthly(used))
        new = replace(old, quota=following)
        assert is_worth_a_look(old, new, POLICY) is worth


def test_a_keys_own_thresholds_say_where_it_begins():
    own = (Threshold(150, Level.LIMIT, ("owner",)), Threshold(50, Level.WARNING, ("owner",)))
    before, after = (scope(used=used, thresholds=own) for used in ("4", "5"))
    assert is_worth_a_look(before, after, POLICY)
    none = replace(after, thresholds=())
    assert not is_worth_a_look(replace(none, budget_used=Decimal(9)), none, POLICY)


def test_other_thresholds_or_another_interval_are_worth_a_look_at_a_threshold():
    used = scope(used="9")
    for changed in (
        replace(used, thresholds=(Threshold(85, Level.WARNING, ()),)),
        replace(used, alert_debounce_seconds=5),
    ):
        assert is_worth_a_look(used, changed, POLICY)


def test_a_key_without_a_budget_is_nobodys_concern():
    old, new = (scope(budget_limit=None, used=used) for used in ("1", "1000"))
    assert not is_worth_a_look(old, new, FORECASTING)


@pytest.mark.parametrize(
    ("before", "after", "worth"),
    [("0", "0.49", False), ("0.49", "0.5", True), ("0.5", "0.99", False), ("0.9", "1.1", True)],
)
def test_a_forecast_is_thought_over_at_each_twentieth(before, after, worth):
    assert is_worth_a_look(scope(used=before), scope(used=after), FORECASTING) is worth
    assert not is_worth_a_look(scope(used=before), scope(used=after), POLICY)


def image(changed) -> dict:
    return dynamodb.item(scope_items.to_item(changed))


def record(key_id: str, before, after) -> dict:
    wire = {"Keys": {"key_id": {"S": key_id}}}
    images = {"OldImage": before, "NewImage": after}
    return {"dynamodb": {**wire, **{name: image(each) for name, each in images.items() if each}}}


def test_a_batch_comes_down_to_each_keys_first_and_last_image():
    states = [scope(used=str(used)) for used in range(4)]
    records = [
        record("a", states[0], states[1]),
        record("b", None, states[2]),
        record("a", states[1], states[3]),
    ]
    assert changes(records) == {
        "a": ItemChange(image(states[0]), image(states[3])),
        "b": ItemChange(None, image(states[2])),
    }


def test_a_key_that_was_new_in_a_batch_was_not_there_before_it():
    records = [record("a", None, scope(used="1")), record("a", scope(used="1"), scope(used="8"))]
    assert changes(records)["a"].before is None


def test_what_was_deleted_and_what_is_no_key_is_passed_over():
    assert not ItemChange(image(scope(used="9")), None).is_worth_a_look(POLICY)
    family = {"key_id": {"S": "family#key_1"}, "budget_limit": {"N": "1"}}
    assert not ItemChange(None, family).is_worth_a_look(POLICY)
    assert ItemChange(family, image(scope(used="9"))).is_worth_a_look(POLICY)
