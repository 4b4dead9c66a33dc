"""What a usage record adds to the cost aggregates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aws_wire.attribute_values import plain
from tests.support.builders import KEY, NOW, record
from tollgate.aws.dynamodb import item
from tollgate.costs.aggregates import NOBODY, Latency, Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.cost_entries import entry_of
from tollgate.ledger.records import BillingParts, Outcome, PackDraw, RecordKind
from tollgate.ledger.store.record_items import to_item
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import TokenClass, Usage, UsageSource

RETENTION = timedelta(days=400)


def added(written, zone=UTC):
    """What a record adds, as the usage table's stream brings it."""
    return entry_of(plain(item(to_item(written, RETENTION))), zone)


def test_a_record_adds_all_that_it_says():
    made = record("req_1", cost="0.25", owner_email="a@example.com", tags={"team": "red", "use": ""})
    assert added(made) == CostEntry(
        request_id="req_1",
        key_id=KEY.key_id,
        model="small",
        day=date(2026, 3, 14),
        tally=Tally(
            requests=1,
            prompt_tokens=1000,
            completion_tokens=200,
            cost=Decimal("0.25"),
            tokens={TokenClass.INPUT: 1000, TokenClass.OUTPUT: 200},
            latency=Latency.of(1000),
        ),
        scopes=(KEY.key_id,),
        provider=made.provider_id,
        owner="a@example.com",
        tags=frozenset({"team=red", "use="}),
    )


def test_a_record_says_who_pays_for_it():
    lines = {"request": "8", "overage": "1.5", "minimum_fee": "0.5"}
    made = record(
        "req_1",
        scopes=(KEY.key_id, "key_team", "key_root"),
        breakdown=Breakdown(
            tuple(BreakdownLine(item, 1, Decimal(cost), Decimal(cost)) for item, cost in lines.items())
        ),
        provider_cost=Decimal(7),
        pack_draws=(
            PackDraw(KEY.key_id, "pck_1", Decimal(10)),
            PackDraw("key_team", "pck_1", Decimal(1)),
            PackDraw("key_team", "pck_2", Decimal(2)),
        ),
        billing=BillingParts("key_team", Decimal("3.5"), Decimal("3.5")),
        cost_centre="4711",
    )
    entry = added(made)
    assert entry.tally.parts == ChargeParts(
        margin=Decimal(3),
        packs=Decimal(3),
        included=Decimal("3.5"),
        metered=Decimal("3.5"),
        overage=Decimal("1.5"),
        fees=Decimal("0.5"),
    )
    assert (entry.billed_at, entry.cost_centre) == ("key_team", "4711")
    assert entry.drawn == {
        (KEY.key_id, "pck_1"): 10,
        ("key_team", "pck_1"): 1,
        ("key_team", "pck_2"): 2,
    }
    assert added(replace(made, billing=None)).tally.parts.packs == 3
    assert added(replace(made, billing=None, pack_draws=made.pack_draws[:1])).tally.parts.packs == 10
    assert added(record("req_2")).tally.parts is NO_PARTS


def test_a_record_without_owner_or_provider_is_nobodys():
    entry = added(record("req_1", owner_email=None, provider_id=None))
    assert (entry.owner, entry.provider, entry.tags) == (NOBODY, NOBODY, frozenset())


def test_two_tags_that_read_the_same_are_one():
    assert added(record("req_1", tags={"a=b": "c", "a": "b=c"})).tags == {"a=b=c"}


def test_a_record_counts_for_the_ancestors_that_its_request_was_charged_to():
    charged = (KEY.key_id, "key_team", "key_company")
    assert added(record("req_1", scopes=charged)).scopes == charged


@pytest.mark.parametrize(
    ("outcome", "figures"),
    [(Outcome.SUCCEEDED, (1, 0, 0)), (Outcome.FAILED, (1, 1, 0)), (Outcome.ABANDONED, (1, 0, 1))],
)
def test_a_request_that_failed_or_was_abandoned_is_a_request_too(outcome, figures):
    tally = added(record("req_1", outcome=outcome)).tally
    assert (tally.requests, tally.failed, tally.abandoned) == figures


def test_nobody_knows_how_long_an_abandoned_request_took():
    assert added(record("req_1", outcome=Outcome.ABANDONED)).tally.latency == Latency()


def test_a_clock_that_was_set_back_makes_no_request_end_before_it_began():
    early = record("req_1", completed_at=NOW - timedelta(seconds=1))
    assert added(early).tally.latency == Latency(0, {50: 1})


def test_a_failed_request_that_was_charged_is_charged():
    assert added(record("req_1", outcome=Outcome.FAILED, cost="0.5")).tally.cost == Decimal("0.5")


@pytest.mark.parametrize("source", UsageSource)
@pytest.mark.parametrize("kind", RecordKind)
def test_estimates_and_embeddings_count_like_all_else(source, kind):
    entry = added(record("req_1", kind=kind, usage=Usage.of(7, 0, source)))
    assert (entry.tally.requests, entry.tally.prompt_tokens, entry.tally.cost) == (1, 7, Decimal("0.25"))


def test_the_model_is_the_one_that_the_client_named():
    assert added(record("req_1", model="alias", remote_model="small-2026-03")).model == "alias"


EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("admitted", "day"),
    [
        (datetime(2026, 3, 14, 23, 59, 59, 999_000, tzinfo=UTC), date(2026, 3, 14)),
        (datetime(2026, 3, 15, tzinfo=UTC), date(2026, 3, 15)),
        (datetime(2026, 3, 15, 2, tzinfo=EAST), date(2026, 3, 14)),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), date(2024, 2, 29)),
    ],
)
def test_a_request_belongs_to_the_day_of_its_admission_in_utc(admitted, day):
    late = record("req_1", created_at=admitted, completed_at=admitted + timedelta(hours=1))
    assert added(late).day == day


@pytest.mark.parametrize(
    ("admitted", "zone", "day"),
    [
        ("2026-03-14T22:59:59.999", "Europe/Berlin", date(2026, 3, 14)),
        ("2026-03-14T23:00", "Europe/Berlin", date(2026, 3, 15)),
        ("2026-07-14T22:00", "Europe/Berlin", date(2026, 7, 15)),
        ("2026-01-01T07:59", "America/Los_Angeles", date(2025, 12, 31)),
        ("2026-12-31T10:00", "Pacific/Kiritimati", date(2027, 1, 1)),
    ],
)
def test_a_request_belongs_to_the_day_of_its_admission_in_the_reporting_zone(admitted, zone, day):
    at = datetime.fromisoformat(admitted).replace(tzinfo=UTC)
    made = record("req_1", created_at=at, completed_at=at + timedelta(hours=1))
    assert added(made, ZoneInfo(zone)).day == day


@pytest.mark.parametrize("cost", ["0", "0.000000000000000001", "99999999999.999999999999999999"])
def test_a_cost_arrives_to_the_last_digit(cost):
    assert added(record("req_1", cost=cost)).tally.cost == Decimal(cost)


def test_counts_are_whole_numbers():
    tally = added(record("req_1")).tally
    assert {type(tally.prompt_tokens), type(tally.completion_tokens), type(tally.failed)} == {int}
