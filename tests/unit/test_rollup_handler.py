"""What a usage record adds to the cost aggregates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from tests.builders import KEY, record
from tollgate.adapters.dynamodb import item, plain
from tollgate.adapters.usage_items import to_item
from tollgate.costs import Entry, Tally
from tollgate.records import Outcome, RecordKind
from tollgate.usage import Usage, UsageSource
from tollgate_rollup.handler import entry_of

RETENTION = timedelta(days=400)


def streamed(written):
    """A record as the usage table's stream brings it."""
    return plain(item(to_item(written, RETENTION)))


def test_a_record_adds_its_tokens_and_its_cost_to_its_day_key_and_model():
    assert entry_of(streamed(record("req_1", cost="0.25"))) == Entry(
        request_id="req_1",
        key_id=KEY.key_id,
        model="small",
        day=date(2026, 3, 14),
        tally=Tally(requests=1, failed=0, prompt_tokens=1000, completion_tokens=200, cost=Decimal("0.25")),
        scopes=(KEY.key_id,),
    )


def test_a_record_counts_for_the_ancestors_that_its_request_was_charged_to():
    charged = (KEY.key_id, "key_team", "key_company")
    assert entry_of(streamed(record("req_1", scopes=charged))).scopes == charged


@pytest.mark.parametrize(("outcome", "failed"), [(Outcome.SUCCEEDED, 0), (Outcome.FAILED, 1)])
def test_a_failed_request_is_a_request_too(outcome, failed):
    tally = entry_of(streamed(record("req_1", outcome=outcome))).tally
    assert (tally.requests, tally.failed) == (1, failed)


def test_a_failed_request_that_was_charged_is_charged():
    assert entry_of(streamed(record("req_1", outcome=Outcome.FAILED, cost="0.5"))).tally.cost == Decimal(
        "0.5"
    )


@pytest.mark.parametrize("source", UsageSource)
@pytest.mark.parametrize("kind", RecordKind)
def test_estimates_and_embeddings_count_like_all_else(source, kind):
    entry = entry_of(streamed(record("req_1", kind=kind, usage=Usage.of(7, 0, source))))
    assert entry.tally == Tally(1, 0, 7, 0, Decimal("0.25"))


def test_the_model_is_the_one_that_the_client_named():
    assert entry_of(streamed(record("req_1", model="alias", remote_model="small-2026-03"))).model == "alias"


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
    assert entry_of(streamed(late)).day == day


@pytest.mark.parametrize("cost", ["0", "0.000000000000000001", "99999999999.999999999999999999"])
def test_a_cost_arrives_to_the_last_digit(cost):
    assert entry_of(streamed(record("req_1", cost=cost))).tally.cost == Decimal(cost)


def test_counts_are_whole_numbers():
    tally = entry_of(streamed(record("req_1"))).tally
    assert {type(tally.prompt_tokens), type(tally.completion_tokens), type(tally.failed)} == {int}
