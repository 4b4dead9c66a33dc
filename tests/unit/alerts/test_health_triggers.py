"""Which records of the keys table's stream change how a key stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, hold, scope
from tests.unit.budget_health.test_budget_summaries import TOMORROW, daily
from tollgate.aws import dynamodb
from tollgate.ledger.scopes import KeyStatus
from tollgate.ledger.store import scope_items
from tollgate.ledger.thresholds import Level, Threshold
from tollgate_alerts.triggers.health_triggers import by_key, changes_summary

USED = scope(used="7.5", quota=daily("1"))


def record(before, after) -> dict:
    images = {"OldImage": before, "NewImage": after}
    return {name: dynamodb.item(scope_items.to_item(each)) for name, each in images.items() if each}


UNSEEN = {
    "a hold": replace(USED, holds={"req_1": hold()}, rates={"r_1": 1}, last_used_at=NOW),
    "less than a percent": replace(USED, budget_used=Decimal("7.59")),
    "another name": replace(USED, name="another", owner_email="a@example.com"),
}
SEEN = {
    "a percent": replace(USED, budget_used=Decimal("7.6")),
    "a higher limit": replace(USED, budget_limit=Decimal(20)),
    "no limit any more": replace(USED, budget_limit=None),
    "another window": replace(USED, quota=daily("1", resets_at=TOMORROW + timedelta(days=1))),
    "another threshold": replace(USED, thresholds=(Threshold(70, Level.WARNING, ("owner",)),)),
    "a revocation": replace(USED, status=KeyStatus.REVOKED),
    "an end": replace(USED, expires_at=TOMORROW),
}


@pytest.mark.parametrize("after", UNSEEN.values(), ids=UNSEEN)
def test_what_no_summary_shows_changes_none(after):
    assert not changes_summary(record(USED, after))


@pytest.mark.parametrize("after", SEEN.values(), ids=SEEN)
def test_what_a_summary_shows_changes_it(after):
    assert changes_summary(record(USED, after))
    assert changes_summary(record(after, USED))


def test_a_key_that_comes_or_goes_has_or_loses_a_summary_whatever_its_budget():
    unlimited = scope(budget_limit=None)
    assert changes_summary(record(None, unlimited))
    assert changes_summary(record(unlimited, None))


def test_what_is_no_key_has_no_summary():
    family = {"key_id": {"S": "family#key_1"}, "budget_limit": {"N": "1"}}
    assert not changes_summary({"NewImage": family})
    assert not changes_summary({"OldImage": family})


def test_a_keys_records_are_together_in_their_order():
    records = [{"dynamodb": {"Keys": {"key_id": {"S": key}}, "at": n}} for n, key in enumerate("abaca")]
    assert {key: [each["at"] for each in wires] for key, wires in by_key(records).items()} == {
        "a": [0, 2, 4],
        "b": [1],
        "c": [3],
    }
