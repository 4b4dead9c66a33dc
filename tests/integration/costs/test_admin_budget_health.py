"""Whose budgets run out, as the admin API tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import scope
from tests.support.faults import CountingClient
from tollgate.budget_health.store.summaries_table import SummaryWriter
from tollgate.clock import rfc3339, utc_now
from tollgate.keys import api_keys
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import KeyStatus, Priority
from tollgate.ledger.windows import Period, Schedule

STATES = ("exhausted", "near", "fine", "unlimited")
NOTHING = {"count": 0, "worst": []}


@pytest.fixture
def stands(admin):
    """Stores a key together with its summary; returns its id."""

    def store(name: str, *, noted_at=None, **changes) -> str:
        made = scope(api_keys.issue(), name=name, **changes)
        admin.services.keys.add(made)
        clock = utc_now if noted_at is None else lambda: noted_at
        SummaryWriter(admin.services.keys, admin.services.budget_summaries, clock).note(made.key_id)
        return made.key_id

    return store


def monthly(used: str, ends_in: timedelta) -> Quota:
    ends_at = utc_now().replace(microsecond=0) + ends_in
    return Quota(
        starts_at=ends_at - timedelta(days=30),
        resets_at=ends_at,
        limit=Decimal(10),
        schedule=Schedule(Period.MONTH),
        allowance=Decimal(10),
        used=Decimal(used),
        available=Decimal(10) - Decimal(used),
    )


def health(admin, **query):
    answer = admin("GET", "/costs/budget-health", **query)
    assert answer.status == 200, answer.text
    return answer.json


def test_no_key_is_in_any_state(admin):
    found = health(admin)
    by_priority = found.pop("byPriority")
    assert found == dict.fromkeys(STATES, NOTHING)
    assert by_priority == dict.fromkeys(("critical", "high", "normal", "low"), dict.fromkeys(STATES, 0))


def test_keys_are_counted_by_priority_too(admin, stands):
    stands("spent", used="10", priority=Priority.HIGH)
    stands("also spent", used="10", priority=Priority.HIGH)
    stands("fine", priority=Priority.LOW)

    found = health(admin)["byPriority"]

    assert found["high"] == {"exhausted": 2, "near": 0, "fine": 0, "unlimited": 0}
    assert found["low"]["fine"] == 1


def test_a_limit_that_has_fallen_back_counts_as_it_is_by_now(admin, stands):
    until = utc_now() - timedelta(seconds=1)
    raised = {"total": Raise("total", Decimal(10), Decimal(20), until, RaisedBy.APPROVAL, "breq_1")}
    stands(
        "fell back",
        budget_limit="20",
        used="12",
        raises=raised,
        changes_at=until,
        noted_at=until - timedelta(hours=1),
    )
    found = health(admin)
    assert (found["exhausted"]["count"], found["exhausted"]["worst"][0]["percentUsed"]) == (1, 120)


def test_each_key_is_counted_once_by_the_worse_of_its_budgets(admin, stands):
    quota = monthly("9.5", timedelta(days=3))
    spent, over = stands("spent", used="10"), stands("over", used="12")
    near = stands("near", used="1", quota=quota)
    fine, free = stands("fine", used="1"), stands("free", budget_limit=None)

    found = health(admin)

    assert {state: found[state]["count"] for state in STATES} == {
        "exhausted": 2,
        "near": 1,
        "fine": 1,
        "unlimited": 1,
    }
    assert [each["keyId"] for each in found["exhausted"]["worst"]] == [over, spent]
    assert found["near"]["worst"] == [
        {
            "keyId": near,
            "name": "near",
            "window": "month",
            "percentUsed": 95,
            "resetsAt": rfc3339(quota.resets_at),
        }
    ]
    assert found["fine"]["worst"][0] == {
        "keyId": fine,
        "name": "fine",
        "window": "total",
        "percentUsed": 10,
        "resetsAt": None,
    }
    assert found["unlimited"]["worst"] == [
        {"keyId": free, "name": "free", "window": None, "percentUsed": None, "resetsAt": None}
    ]


def test_keys_that_are_not_in_use_are_not_counted(admin, stands):
    stands("revoked", used="10", status=KeyStatus.REVOKED)
    stands("expired since", used="10", expires_at=utc_now() - timedelta(seconds=1))
    stands("not yet expired", used="10", expires_at=utc_now() + timedelta(days=1))
    found = health(admin)
    assert [each["name"] for each in found["exhausted"]["worst"]] == ["not yet expired"]
    assert sum(found[state]["count"] for state in STATES) == 1


def test_a_quota_whose_window_has_ended_since_counts_as_fine(admin, stands):
    ended = monthly("10", timedelta(hours=-1))
    noted_at = ended.resets_at - timedelta(days=1)
    stands("over", budget_limit=None, quota=ended, noted_at=noted_at)
    found = health(admin)
    assert (found["exhausted"]["count"], found["fine"]["count"]) == (0, 1)
    (entry,) = found["fine"]["worst"]
    assert (entry["percentUsed"], entry["resetsAt"]) == (0, None)


def test_the_twenty_that_have_used_most_are_listed_or_as_many_as_asked_for(admin, stands):
    for percent in range(25):
        stands(f"key {percent}", used=str(Decimal(percent) / 10))
    found = health(admin)["fine"]
    assert found["count"] == 25
    assert [each["percentUsed"] for each in found["worst"]] == list(range(24, 4, -1))
    assert len(health(admin, limit="3")["fine"]["worst"]) == 3
    assert len(health(admin, limit="1000")["fine"]["worst"]) == 25
    assert admin("GET", "/costs/budget-health", limit="0").errors.keys() == {"limit"}


def test_it_takes_a_query_and_a_read_of_names_and_the_keys_table_is_not_scanned(admin, stands, monkeypatch):
    for number in range(30):
        stands(f"key {number}", used=str(number % 12))
    client = CountingClient(admin.services.keys.client)
    counted = replace(
        admin.services,
        keys=replace(admin.services.keys, client=client),
        budget_summaries=replace(admin.services.budget_summaries, client=client),
    )
    monkeypatch.setattr(admin, "services", counted)
    health(admin)
    assert client.operations == ["query", "batch_get_item"]
