"""What calls add to metrics, and what of it is sent in which temporality."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from infra.local.environment import ROOT
from tests.support.builders import NOW, record
from tests.support.telemetry_world import BUDGET
from tollgate import identifiers
from tollgate.ledger.records import Outcome, RecordKind
from tollgate.pricing.usage import TokenClass, Usage, UsageSource
from tollgate_telemetry.signals import inference_metrics, metric_series

REQUEST = identifiers.request_id(NOW)
CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small-2026",
}
UNAVAILABLE = (503, {"retry-after": str(int(BUDGET) + 1)}, b"")


@pytest.fixture
def world(world):
    world.tell(signals="metrics")
    return world


def last(receiver):
    """By metric and what tells its series apart from others of the call, where they stand at last."""
    return {
        (each.metric, *sorted(set(each.attributes.values()) - set(CALL.values()))): each.total
        for each in receiver.points
    }


def test_a_call_counts_with_its_cost_duration_and_tokens(world, receiver):
    assert world.take(record(REQUEST)) == []
    assert not receiver.spans
    assert last(receiver) == {
        ("tollgate.requests", "succeeded"): 1,
        ("tollgate.cost", "succeeded"): 0.25,
        ("gen_ai.client.inference.duration",): 1.0,
        ("gen_ai.client.inference.usage.input_tokens", "unknown"): 1000,
        ("gen_ai.client.inference.usage.output_tokens", "unknown"): 200,
    }
    assert all(CALL.items() <= each.attributes.items() for each in receiver.points)
    assert receiver.points[0].resource["service.instance.id"] == "instance-1"


USAGE = Usage(
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
    },
    UsageSource.PROVIDER,
)
INFERENCE = "gen_ai.client.inference"


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        (
            {"usage": USAGE},
            {
                (f"{INFERENCE}.usage.input_tokens", "unknown"): 15,
                (f"{INFERENCE}.usage.input_tokens", "audio"): 16,
                (f"{INFERENCE}.usage.input_tokens", "image"): 32,
                (f"{INFERENCE}.usage.cache_read.input_tokens", "unknown"): 2,
                (f"{INFERENCE}.usage.cache_write.input_tokens", "unknown"): 12,
                (f"{INFERENCE}.usage.output_tokens", "unknown"): 3,
                (f"{INFERENCE}.usage.output_tokens", "audio"): 4,
                (f"{INFERENCE}.usage.reasoning.output_tokens", "unknown"): 2,
                (f"{INFERENCE}.duration",): 1,
            },
        ),
        (
            {"kind": RecordKind.EMBEDDING, "usage": Usage.of(10, 0)},
            {
                ("gen_ai.client.embeddings.duration", "embeddings"): 1,
                ("gen_ai.client.embeddings.operation.input_tokens", "embeddings"): 10,
            },
        ),
        ({"outcome": Outcome.FAILED, "http_status": 429}, {(f"{INFERENCE}.duration", "429"): 1}),
        ({"completed_at": NOW - timedelta(seconds=1)}, {(f"{INFERENCE}.duration",): 0}),
    ],
)
def test_what_is_known_of_a_call_counts_under_its_name(world, receiver, changes, more):
    world.take(record(REQUEST, **changes))
    found = last(receiver)
    assert {name: found[name] for name in more} == more


@pytest.mark.parametrize(
    "changes", [{"outcome": Outcome.ABANDONED, "provider_id": None}, {"kind": RecordKind.BATCH}]
)
def test_what_says_nothing_of_a_providers_speed_has_no_duration(world, receiver, changes):
    world.take(record(REQUEST, **changes))
    assert not [each for each in receiver.points if "duration" in each.metric]


def test_no_series_is_of_a_key_or_an_owner(world, receiver):
    world.take(record(REQUEST, owner_email="owner@example.com", tags={"team": "search"}, session_id="talk"))
    named = {name for each in receiver.points for name in each.attributes}
    assert named <= {*CALL, "error.type", "gen_ai.token.modality", "tollgate.outcome"}


def test_every_metric_is_on_the_page_of_traces():
    page = (ROOT / "docs/traces.md").read_text()
    for each in inference_metrics.INSTRUMENTS:
        assert f"| `{each.name}` |" in page, each.name


def costs(receiver):
    return [(each.value, each.began, each.at) for each in receiver.points if each.metric == "tollgate.cost"]


def test_a_cumulative_series_says_what_it_was_and_what_it_is(world, receiver):
    """So that a receiver sees all that was added in its window of time, from the first export on."""
    world.take(record(REQUEST))
    world.seconds += 3600
    world.take(record(REQUEST), record(REQUEST, cost="0.1"))
    assert [value for value, _, _ in costs(receiver)] == [0, 0.25, 0.25, 0.6]
    (begun,) = {began for _, began, _ in costs(receiver)}
    moments = [at for _, _, at in costs(receiver)]
    assert begun < moments[0]
    assert moments == sorted(set(moments))
    assert (moments[1] - moments[0], moments[3] - moments[2]) == (1_000_000, 1_000_000)
    assert not any(each.is_delta for each in receiver.points)


def test_a_delta_is_what_came_since_the_last_one(world, receiver):
    world.tell(temporality="delta")
    world.take(record(REQUEST))
    world.seconds += 30
    world.take(record(REQUEST), record(REQUEST, cost="0.1"))
    assert [value for value, _, _ in costs(receiver)] == [0.25, 0.35]
    (first, second) = costs(receiver)
    assert (first[2], first[1] < first[2], second[1] < second[2]) == (second[1], True, True)
    assert all(each.is_delta for each in receiver.points)


def test_durations_fall_into_the_bucket_that_they_are_the_end_of(world, receiver):
    for milliseconds in (10, 11, 2560, 90_000):
        world.take(record(REQUEST, completed_at=NOW + timedelta(milliseconds=milliseconds)))
    counts = [each.value for each in receiver.points if each.metric == f"{INFERENCE}.duration"][-1]
    assert [place for place, count in enumerate(counts) if count] == [0, 1, 8, 14]


@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_what_was_not_taken_counts_once_when_it_comes_again(world, receiver, temporality):
    world.tell(temporality=temporality)
    receiver.answer = lambda _path, _message: UNAVAILABLE
    assert world.take(record(REQUEST)) == ["1"]
    assert world.counted == {"TelemetryRecords": 0, "TelemetryDropped": 0}
    world.seconds += 600
    receiver.answer = lambda _path, _message: None
    assert world.take(record(REQUEST)) == []
    assert last(receiver)["tollgate.requests", "succeeded"] == 1


def test_what_was_taken_without_a_word_counts_once_in_a_cumulative_series(world, receiver):
    """The receiver has it, and the connection is lost: the same is sent again, not twice as much."""
    taken = []

    def lose(_path, message):
        taken.append(message)
        return UNAVAILABLE

    receiver.answer = lose
    world.take(record(REQUEST))
    world.seconds += 600
    receiver.answer = lambda _path, _message: None
    world.take(record(REQUEST))
    (sent,) = taken
    values = {
        metric["name"]: [point.get("asInt") or point.get("asDouble") for point in metric["sum"]["dataPoints"]]
        for metric in sent["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
        if "sum" in metric
    }
    assert values["tollgate.requests"] == ["0", "1"]
    assert last(receiver)["tollgate.requests", "succeeded"] == 1


def test_another_process_is_another_instance_which_begins_at_nothing(world, receiver):
    world.take(record(REQUEST))
    world.seconds += 10
    world.exporter = world.started("instance-2")
    world.take(record(REQUEST, cost="1"))
    by_instance = {}
    for each in receiver.points:
        if each.metric == "tollgate.cost":
            by_instance.setdefault(each.resource["service.instance.id"], []).append(each.value)
    assert by_instance == {"instance-1": [0, 0.25], "instance-2": [0, 1.0]}


def test_costs_are_added_up_exactly(world, receiver):
    world.take(*(record(REQUEST, cost="0.1") for _ in range(10)))
    world.take(record(REQUEST, cost="0.000000000000000001"))
    world.take(record(REQUEST, cost="0"))
    values = [Decimal(str(value)) for value, _, _ in costs(receiver)]
    assert values[:2] == [0, Decimal(1)]
    assert all(before <= after for before, after in pairwise(values))


def test_what_a_receiver_refuses_for_good_is_given_up_and_counted(world, receiver):
    receiver.answer = lambda _path, _message: (400, {}, b'{"message": "too old"}')
    assert world.take(record(REQUEST), record(REQUEST)) == []
    assert world.counted == {"TelemetryRecords": 2, "TelemetryDropped": 2}
    receiver.answer = lambda _path, _message: None
    world.take(record(REQUEST))
    assert last(receiver)["tollgate.requests", "succeeded"] == 3, "a counter goes on counting"


@pytest.mark.parametrize("temporality", ["cumulative", "delta"])
def test_clients_who_make_up_models_make_no_series_without_end(world, receiver, temporality, monkeypatch):
    """As they may where a model ends in a star. All that they do is counted, the rest in one series."""
    monkeypatch.setattr(metric_series, "_MAX_SERIES", 4)
    world.tell(temporality=temporality)
    for _ in range(2):
        for first in (0, 5):
            names = [f"made/{number}" for number in range(first, first + 5)]
            assert world.take(*(record(REQUEST, model=each) for each in names)) == []
    points = [each for each in receiver.points if each.metric == "tollgate.requests"]
    series = {tuple(sorted(each.attributes.items())): each.total for each in points}
    assert len(series) == 4
    assert (("otel.metric.overflow", True),) in series
    total = sum(each.total for each in points) if temporality == "delta" else sum(series.values())
    assert total == 20
