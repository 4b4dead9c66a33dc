"""Records of the usage table, and those that were stored before attempts were."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from aws_wire.attribute_values import plain, values
from tests.support import old_items
from tests.support.builders import KEY, record
from tollgate.aws.dynamodb import item
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import BillingParts, FailedAttempt, PackDraw
from tollgate.ledger.store import record_items
from tollgate.pricing.usage import NO_USAGE, ModelUsage, TokenClass, Usage, UsageFlag, UsageSource

ATTEMPT = FailedAttempt(
    provider_id="prv_a",
    remote_model="small-at-a",
    fault="broken_off",
    http_status=200,
    duration=timedelta(seconds=3, milliseconds=7),
    usage=Usage({TokenClass.INPUT: 10}, UsageSource.PROVIDER, {"web_search": 1}, "priority"),
    price_version="mdl_small/prv_a:2.1",
    cost=Decimal("0.00001"),
)
SILENT = FailedAttempt(
    "prv_b", "small", "unreachable", None, timedelta(0), NO_USAGE, "mdl_small:1", Decimal(0)
)
RETENTION = timedelta(days=400)


def test_a_record_is_read_with_its_attempts_as_it_was_stored():
    made = record("req_1", attempts=(ATTEMPT, SILENT))
    assert record_items.to_record(plain(item(record_items.to_item(made, RETENTION)))) == made


def test_how_a_request_was_served_and_what_was_not_believed_is_read_as_it_was_stored():
    usage = Usage(
        {TokenClass.INPUT: 10},
        UsageSource.ESTIMATED,
        speed="fast",
        inference_geo="us",
        others=(ModelUsage("advisor-1", {TokenClass.OUTPUT: 7}),),
        flags=frozenset({UsageFlag.PROMPT_ESTIMATED, UsageFlag.TIER_NOT_PRICED}),
    )
    made = record("req_1", usage=usage)
    assert record_items.to_record(plain(item(record_items.to_item(made, RETENTION)))) == made


def test_who_pays_for_a_request_is_read_as_it_was_stored():
    key, above = KEY.key_id, "key_above"
    made = record(
        "req_1",
        scopes=(key, above),
        pack_draws=(PackDraw(key, "pck_1", Decimal("0.1")), PackDraw(above, "pck_1", Decimal("0.2"))),
        billing=BillingParts(above, Decimal("0.05"), Decimal(0)),
        billing_mode=BillingMode.HYBRID,
        cost_centre="CC-4711",
        provider_cost=Decimal("0.2"),
        downgraded_from="large",
        session_id="a talk",
        trace="0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        fallback_from="larger",
        fallback_reason="timeout",
        minimum_fee=Decimal("0.01"),
    )
    assert record_items.to_record(plain(item(record_items.to_item(made, RETENTION)))) == made


def test_what_most_records_have_is_not_stored():
    stored = item(record_items.to_item(record("req_1"), RETENTION))
    left_out = {"model_id", "price_factor", "exceeds_hold", "tool_calls", "usage_source", "attempts"}
    left_out |= {"pack_draws", "billing", "billing_mode", "cost_centre", "provider_cost", "downgraded_from"}
    left_out |= {"minimum_fee", "session_id", "trace", "fallback_from", "fallback_reason"}
    assert left_out.isdisjoint(stored)
    named = item(record_items.to_item(record("req_1", model_id="mdl_another"), RETENTION))
    assert named["model_id"] == {"S": "mdl_another"}


def test_sums_and_checks_of_version_0_1_find_what_they_read():
    """So that it can be gone back to."""
    stored = item(record_items.to_item(record("req_1"), RETENTION))
    needed = {"request_id", "key_id", "outcome", "model", "prompt_tokens", "completion_tokens", "tokens"}
    assert needed | {"calculated_cost", "scopes", "tags"} <= stored.keys()
    assert (stored["created_at"], stored["completed_at"]) == (
        {"S": "2026-03-14T15:09:26.535Z"},
        {"S": "2026-03-14T15:09:27.535Z"},
    )


def test_a_record_of_version_0_1_is_read():
    refused = FailedAttempt(
        "prv_b", "small", "unreachable", None, timedelta(milliseconds=7), NO_USAGE, "mdl_small:1", Decimal(0)
    )
    stored = plain(values(old_items.record_item("req_1", KEY, cost="0.25")))
    expected = record("req_1", price_version="mdl_81db8ebbbbc69c6c6ad4:1", attempts=(refused,))
    assert record_items.to_record(stored) == expected


def test_a_record_from_before_there_were_attempts_has_none():
    stored = old_items.record_item("req_1", KEY)
    del stored["attempts"]
    assert record_items.to_record(stored).attempts == ()
