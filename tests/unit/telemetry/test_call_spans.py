"""A call as OpenTelemetry's spans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import KEY, NOW, bill, provider, record
from tests.support.telemetry_world import OPENAI, image
from tollgate import identifiers, trace_context
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import FailedAttempt, Outcome, RecordKind
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import NO_USAGE, TokenClass, Usage, UsageSource
from tollgate.pricing.vendors import Vendor

REQUEST = identifiers.request_id(NOW)
BEGAN = int(NOW.timestamp() * 1000) * 1_000_000
MILLISECOND = 1_000_000
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
# As the conventions and receivers name them, and what no call should lack.
PLAIN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small-2026",
    "gen_ai.provider.name": "openai",
    "server.address": "api.openai.com",
    "server.port": 443,
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 200,
    "gen_ai.usage.cost": 0.25,
    "http.response.status_code": 200,
    "tollgate.request.id": REQUEST,
    "tollgate.key.id": KEY.key_id,
    "tollgate.key.scopes": [KEY.key_id],
    "tollgate.outcome": "succeeded",
    "tollgate.provider.id": OPENAI.id,
    "tollgate.cost_usd": 0.25,
    "tollgate.provider_cost_usd": 0.25,
    "tollgate.price_version": "mdl_small:1",
}


def told(world, receiver, **changes):
    assert world.take(record(REQUEST, **changes)) == []
    return receiver.spans


def test_a_call_is_a_span_of_a_trace_of_its_own(world, receiver):
    (span,) = told(world, receiver)
    assert (span.trace_id, span.parent_id) == (trace_context.trace_id_of(REQUEST), None)
    assert (span.name, span.kind, span.error) == ("chat small", 3, None)
    assert (span.began, span.ended) == (BEGAN, BEGAN + 1000 * MILLISECOND)
    assert span.attributes == PLAIN
    assert span.resource == {
        "service.name": "tollgate",
        "service.namespace": "tollgate-dev",
        "deployment.environment.name": "dev",
    }


def test_a_call_is_below_the_span_that_its_client_called_from(world, receiver):
    (span,) = told(world, receiver, trace=f"{TRACE}-{PARENT}-01")
    assert (span.trace_id, span.parent_id) == (TRACE, PARENT)


@pytest.mark.parametrize(("sampler", "spans"), [("parentbased_always_on", 0), ("always_on", 1)])
def test_whether_a_call_is_recorded_whose_client_does_not_record_it_is_a_choice(
    world, receiver, sampler, spans
):
    world.tell(sampler=sampler)
    told(world, receiver, trace=f"{TRACE}-{PARENT}-00")
    assert len(receiver.spans) == spans
    assert receiver.points, "metrics count it anyway"


def test_a_record_that_comes_twice_is_the_same_spans_twice(world, receiver):
    attempt = FailedAttempt(
        OPENAI.id, "a", "timeout", None, timedelta(seconds=1), NO_USAGE, "mdl_a:1", Decimal(0)
    )
    told(world, receiver, attempts=(attempt, attempt))
    told(world, receiver, attempts=(attempt, attempt))
    ids = [(span.trace_id, span.span_id, span.parent_id) for span in receiver.spans]
    assert ids[:3] == ids[3:]
    assert len(set(ids)) == 3


def test_attempts_that_failed_are_below_the_call_each_with_what_it_cost(world, receiver):
    """In the order in which they were made: no more is known of when. Costs add up to the call's."""
    attempts = (
        FailedAttempt(
            "prv_gone", "first", "status", 503, timedelta(milliseconds=300), NO_USAGE, "x:1", Decimal(0)
        ),
        FailedAttempt(
            OPENAI.id,
            "second",
            "broken_off",
            200,
            timedelta(milliseconds=400),
            Usage({TokenClass.INPUT: 10}, UsageSource.ESTIMATED),
            "x:1",
            Decimal("0.05"),
        ),
    )
    lines = {"request": "0.2", f"attempt:{OPENAI.id}": "0.05"}
    told(
        world,
        receiver,
        attempts=attempts,
        breakdown=Breakdown(
            tuple(BreakdownLine(name, 1, Decimal(cost), Decimal(cost)) for name, cost in lines.items())
        ),
    )
    call, first, second = receiver.spans
    assert [each.parent_id for each in receiver.spans] == [None, call.span_id, call.span_id]
    assert (first.name, first.error, first.attributes["gen_ai.provider.name"]) == (
        "chat first",
        "503",
        "prv_gone",
    )
    assert (second.name, second.error, second.attributes["error.type"]) == (
        "chat second",
        "broken_off",
        "broken_off",
    )
    assert second.attributes["gen_ai.usage.input_tokens"] == 10
    assert second.attributes["tollgate.usage.estimated"] is True
    assert (first.began, first.ended, second.ended) == (
        BEGAN,
        second.began,
        BEGAN + 700 * MILLISECOND,
    )
    assert [each.attributes["gen_ai.usage.cost"] for each in receiver.spans] == [0.2, 0, 0.05]
    assert call.attributes["tollgate.cost_usd"] == 0.25


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"outcome": Outcome.FAILED, "http_status": 400}, "400"),
        ({"outcome": Outcome.FAILED, "http_status": 200}, "broken_off"),
        ({"outcome": Outcome.FAILED, "http_status": None}, "no_answer"),
        ({"outcome": Outcome.ABANDONED, "http_status": None, "provider_id": None}, "abandoned"),
    ],
)
def test_a_call_that_failed_says_how(world, receiver, changes, error):
    (span,) = told(world, receiver, **changes)
    assert (span.error, span.attributes["error.type"]) == (error, error)
    assert span.attributes["tollgate.outcome"] == changes["outcome"].value


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        (
            {"kind": RecordKind.EMBEDDING, "usage": Usage.of(10, 0)},
            {"gen_ai.operation.name": "embeddings", "gen_ai.usage.output_tokens": 0},
        ),
        (
            {"kind": RecordKind.IMAGE},
            {"gen_ai.operation.name": "generate_content", "gen_ai.output.type": "image"},
        ),
        ({"kind": RecordKind.BATCH}, {"gen_ai.operation.name": "batch"}),
        ({"streamed": True}, {"gen_ai.request.stream": True}),
        ({"session_id": "talk 1"}, {"gen_ai.conversation.id": "talk 1", "session.id": "talk 1"}),
        (
            {"tags": {"team": "search", "": "x"}},
            {"tollgate.tag.team": "search", "tollgate.tag.": "x"},
        ),
        (
            {"downgraded_from": "large", "fallback_from": "larger", "fallback_reason": "timeout"},
            {
                "tollgate.downgraded_from": "large",
                "tollgate.fallback.from": "larger",
                "tollgate.fallback.reason": "timeout",
            },
        ),
        (
            {
                "provider_cost": Decimal("0.2"),
                "billing_mode": BillingMode.EXTERNAL,
                "cost_centre": "4711",
                "provider_request_id": "req-abc",
                "exceeds_hold": True,
            },
            {
                "tollgate.provider_cost_usd": 0.2,
                "tollgate.billing_mode": "external",
                "tollgate.cost_centre": "4711",
                "tollgate.provider.request_id": "req-abc",
                "tollgate.exceeds_hold": True,
            },
        ),
        (
            {
                "usage": Usage(
                    {
                        TokenClass.INPUT: 1,
                        TokenClass.CACHED_INPUT: 2,
                        TokenClass.CACHE_WRITE: 4,
                        TokenClass.CACHE_WRITE_1H: 8,
                        TokenClass.INPUT_AUDIO: 16,
                        TokenClass.INPUT_IMAGE: 32,
                        TokenClass.OUTPUT: 1,
                        TokenClass.REASONING: 2,
                        TokenClass.OUTPUT_AUDIO: 4,
                        TokenClass.OUTPUT_IMAGE: 8,
                    },
                    UsageSource.PROVIDER,
                    service_tier="flex",
                )
            },
            {
                "gen_ai.usage.input_tokens": 63,
                "gen_ai.usage.cache_read.input_tokens": 2,
                "gen_ai.usage.cache_write.input_tokens": 12,
                "gen_ai.usage.audio.input_tokens": 16,
                "gen_ai.usage.image.input_tokens": 32,
                "gen_ai.usage.output_tokens": 15,
                "gen_ai.usage.reasoning.output_tokens": 2,
                "gen_ai.usage.audio.output_tokens": 4,
                "gen_ai.usage.image.output_tokens": 8,
                "tollgate.service_tier": "flex",
            },
        ),
    ],
)
def test_what_a_record_says_besides_has_a_name(world, receiver, changes, more):
    (span,) = told(world, receiver, **changes)
    assert {name: span.attributes[name] for name in more} == more
    assert span.name == f"{span.attributes['gen_ai.operation.name']} small"


@pytest.mark.parametrize(
    ("changes", "name", "address", "port"),
    [
        ({"vendor": Vendor.AMAZON}, "aws.bedrock", "api.example.com", 443),
        ({"vendor": Vendor.GOOGLE}, "gcp.gen_ai", "api.example.com", 443),
        (
            {"vendor": Vendor.GOOGLE, "base_url": "https://generativelanguage.googleapis.com/v1beta"},
            "gcp.gemini",
            "generativelanguage.googleapis.com",
            443,
        ),
        (
            {"vendor": Vendor.GOOGLE, "base_url": "https://europe-west4-aiplatform.googleapis.com/v1"},
            "gcp.vertex_ai",
            "europe-west4-aiplatform.googleapis.com",
            443,
        ),
        ({"vendor": Vendor.VLLM, "base_url": "http://10.0.0.7:8000/v1"}, "vllm", "10.0.0.7", 8000),
        ({"vendor": Vendor.OLLAMA, "base_url": "http://models.internal/v1"}, "ollama", "models.internal", 80),
        ({}, "mock", "api.example.com", 443),
    ],
)
def test_providers_have_the_names_that_the_conventions_give_them(
    world, receiver, changes, name, address, port
):
    world.providers[:] = [replace(provider(), **changes)]
    (span,) = told(world, receiver)
    named = ("gen_ai.provider.name", "server.address", "server.port")
    assert tuple(span.attributes[each] for each in named) == (name, address, port)


@pytest.mark.parametrize(("owners", "named"), [("off", None), ("on", "owner@example.com")])
def test_whether_owners_are_named_is_a_choice(world, receiver, owners, named):
    world.tell(owners=owners)
    (span,) = told(world, receiver, owner_email="owner@example.com")
    assert span.attributes.get("user.id") == named
    assert ("owner@example.com" in str(receiver.spans)) == (named is not None)


def test_a_clock_that_went_back_makes_no_span_that_ends_before_it_begins(world, receiver):
    (span,) = told(world, receiver, completed_at=NOW - timedelta(seconds=1))
    assert span.ended == span.began


def test_a_record_that_can_not_be_told_keeps_no_other_waiting(world, receiver):
    """Of an item that is no record, of an id that is none: both are given up, and counted."""
    assert world.take({"key_id": {"S": "key_1"}}, record("no id"), record(REQUEST, cost="0")) == []
    assert [each.attributes["tollgate.request.id"] for each in receiver.spans] == [REQUEST]
    assert world.counted == {"TelemetryRecords": 2, "TelemetryDropped": 2}


def test_a_record_of_an_older_version_is_told(world, receiver):
    older = image(record(REQUEST, breakdown=bill("0.25")))
    older["breakdown"] = {
        "L": [
            {
                "M": {
                    "item": {"S": "request"},
                    "quantity": {"N": "1"},
                    "unit_price": {"N": "0.25"},
                    "cost": {"N": "0.25"},
                }
            }
        ]
    }
    assert world.take(older) == []
    assert receiver.spans[0].attributes == PLAIN
