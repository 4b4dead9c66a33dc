"""Every metric on the list, out of the code that writes it; and what each kind of call comes to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from infra.mock_otlp import otlp_receiver
from tests.support.alerts_world import OWNER, AlertsWorld
from tests.support.answering_provider import answer, answering
from tests.support.batching import Batching, chat
from tests.support.builders import model, record
from tests.support.cost_model import stream_record, window_event
from tests.support.gateway_world import Lane, Server
from tests.support.ledger_world import LedgerWorld
from tests.support.metric_log import MetricLog, figures
from tests.support.seal_world import SealWorld
from tests.support.telemetry_world import World as TelemetryWorld
from tollgate import identifiers
from tollgate.aws.metric_names import METRICS
from tollgate.aws.metrics import DIMENSION
from tollgate.clock import utc_now
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.rollup import Rollup
from tollgate.costs.store.shard_sums import ShardSums
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule
from tollgate.ledger.policies.priority_reserves import ClassReserve, PriorityReserves
from tollgate.ledger.scopes import Enforcement, Priority
from tollgate_alerts import handler as alerts
from tollgate_proxy import batch_handler, handler
from tollgate_rollup import handler as rollup
from tollgate_sweeper import handler as sweeper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.gateway_world import World

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
# What a client says, and is told, that no line may have.
PROMPT = "Whoever reads this in a log has found a fault"
RESERVED = {
    Priority.LOW: "CallsReservedLow",
    Priority.NORMAL: "CallsReservedNormal",
    Priority.HIGH: "CallsReservedHigh",
}


class Calls:
    """A gateway whose metrics are kept, and calls of it by new keys."""

    def __init__(self, world: World) -> None:
        self.world, self.log = world, MetricLog()
        self.lane = Lane(world)

    def call(
        self, name: str = "small", /, *, lane: Lane | None = None, changes: Any = None, **body: Any
    ) -> Any:
        """One call, read to its end as the runtime does; returns its answer."""
        of, path = lane or self.lane, body.pop("path", "/v1/chat/completions")
        gateway = of.gateway(metrics=self.log.metrics, **(changes or {}))
        asked = {"model": name, "messages": [{"role": "user", "content": PROMPT}], **body}
        request = of.request(asked, path=path)
        return handler.to_event(gateway.handle(request), request)


@pytest.fixture(scope="module")
def calls(lanes: World) -> Calls:
    lanes.serve("fragile", Server("mock", lanes.provider_url), fallbacks=("small",))
    lanes.catalog.add_model(model("large", input_price="15", output_price="60"))
    made = Calls(lanes)
    made.call()  # has learned what a provider adds to a prompt
    made.log.taken()
    return made


@pytest.fixture(autouse=True)
def _nothing_left(calls: Calls) -> Iterator[None]:
    Server("mock", calls.world.provider_url).reset()
    yield
    calls.log.taken()


# What a call comes to, but for how long it took.
PLAIN = {"CallsAdmitted": 1, "CallsFailed": 0, "UpstreamErrors": 0}
FAILED = {"CallsAdmitted": 1, "CallsFailed": 1, "UpstreamErrors": 1}
TIMES = {"CallLatency", "GatewayLatency", "HoldAge"}
WHAT_IT_USED = {"CostUsd", "InputTokens", "OutputTokens"}


@pytest.mark.parametrize(
    ("body", "expected", "others"),
    [
        ({}, PLAIN, TIMES | WHAT_IT_USED),
        ({"mock": {"cached_tokens": 5}}, {**PLAIN, "CachedTokens": 5}, TIMES | WHAT_IT_USED),
        ({"stream": True}, {**PLAIN, "CallsBrokenOff": 0}, {*TIMES, *WHAT_IT_USED, "FirstByte"}),
        (
            {"stream": True, "mock": {"cut_after_chunks": 2}},
            {**FAILED, "CallsBrokenOff": 1},
            {*TIMES, *WHAT_IT_USED, "FirstByte"},
        ),
        (
            {"stream": True, "mock": {"error_after_chunks": 2}},
            {**FAILED, "CallsBrokenOff": 1},
            {*TIMES, *WHAT_IT_USED, "FirstByte"},
        ),
        ({"mock": {"status": 400}}, {**PLAIN, "CallsRejected": 1}, TIMES),
        ({"mock": {"status": 500}}, FAILED, TIMES),
        ({"mock": {"status": 429}}, FAILED, TIMES),
        ({"mock": {"malformed_json": True}}, FAILED, TIMES | WHAT_IT_USED),
    ],
    ids=["whole", "cached", "streamed", "cut", "failed in mid-stream", "rejected", "500", "429", "malformed"],
)
def test_a_call_counts_once_as_what_it_was(calls, body, expected, others):
    calls.call(**body)
    found = calls.log.sums()
    assert found.keys() == expected.keys() | others
    assert {name: found[name] for name in expected} == expected
    assert all(found[name] >= 0 for name in others)


@pytest.mark.parametrize(
    ("mock", "kind"),
    [
        ({"status": 500}, "server_error"),
        ({"status": 429}, "rate_limited"),
        ({"status": 401}, "account"),
        ({"status": 404}, "other_status"),
        ({"malformed_json": True}, "no_completion"),
        ({"cut_after_chunks": 2}, "broken_off"),
    ],
)
def test_what_a_provider_failed_by_is_counted_by_its_kind(calls, mock, kind):
    calls.call(mock=mock)
    split = [line for line in calls.log.taken() if "Kind" in line]
    assert [(line["Kind"], line["UpstreamErrors"]) for line in split] == [(kind, 1)]


def test_a_call_that_another_provider_serves_is_no_failed_one(calls):
    second = Server("second", calls.world.provider_url)
    calls.world.serve("twice", Server("mock", calls.world.provider_url), second)
    Server("mock", calls.world.provider_url).fail({"status": 503})
    assert calls.call("twice")["statusCode"] == 200
    found = calls.log.sums()
    assert (found["CallsFailed"], found["UpstreamErrors"]) == (0, 1)


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("nobody", {}, "model_not_found"),
        ("small", {"messages": [], "max_tokens": "few"}, "invalid_parameter"),
        ("small", {"path": "/v1/nothing"}, "unknown_route"),
    ],
)
def test_a_refusal_is_counted_by_its_reason_and_says_nothing_of_what_was_sent(calls, name, body, reason):
    calls.call(name, **body)
    (line,) = calls.log.taken()
    assert {figure.name for figure in figures(line)} == {"CallsRefused"}
    assert line.keys() - {"_aws"} == {"request_id", "Reason", "Stack", "CallsRefused"}
    assert line["Reason"] == reason


def test_a_budget_that_is_used_up_refuses_by_that_reason(calls):
    poor = Lane(calls.world)
    poor.spend("10")
    calls.call(lane=poor)
    (line,) = calls.log.taken()
    assert line["Reason"] == "budget_exhausted"


def served_by_others(calls: Calls) -> Iterator[str]:
    """Calls that something else serves than was asked for, and what each is counted as."""
    world = calls.world
    mock = Server("mock", world.provider_url)
    mock.fail({"status": 503})
    assert calls.call("fragile")["statusCode"] == 200
    yield "CallsFallenBack"

    assert calls.call("claude", max_tokens=20)["statusCode"] == 200
    yield "CallsTranslated"

    tight = Lane(world, downgrade=Downgrade((DowngradeRule("large", ("small",)),)))
    tight.spend("9.5")
    assert calls.call("large", lane=tight)["statusCode"] == 200
    yield "CallsDowngraded"


def reserved(calls: Calls) -> Iterator[str]:
    """Calls that a budget keeps for others, and what each is counted as."""
    reserves = PriorityReserves(classes=dict.fromkeys(RESERVED, ClassReserve(50)))
    root = Lane(calls.world, priority_reserves=reserves)
    root.spend("9.9")
    for priority, name in RESERVED.items():
        lane = Lane(calls.world, budget_limit=None, parent_id=root.key.key_id, priority=priority)
        calls.call(lane=lane)
        yield name


def fails(*_arguments: Any) -> Any:
    raise RuntimeError


def unsettled(calls: Calls) -> int:
    """The status of a call whose record can't be written."""
    whole = calls.world.ledger
    names = ("admit", "authenticate", "release")
    ledger = SimpleNamespace(begin_settlement=fails, **{name: getattr(whole, name) for name in names})
    return int(calls.call(changes={"ledger": ledger})["statusCode"])


@pytest.mark.parametrize("scenario", [served_by_others, reserved])
def test_a_call_says_what_was_done_with_it(calls, scenario):
    for name in scenario(calls):
        assert calls.log.sums()[name] == 1


def test_what_fails_within_the_gateway_is_counted_with_or_without_a_call(calls):
    assert calls.call(changes={"catalog": SimpleNamespace(model=fails)})["statusCode"] == 500
    assert calls.log.sums() == {"CallsRefused": 1, "InternalErrors": 1}

    assert calls.call(changes={"dispatcher": SimpleNamespace(ask=fails)})["statusCode"] == 500
    found = calls.log.sums()
    assert (found["CallsAdmitted"], found["CallsFailed"], found["InternalErrors"]) == (1, 1, 1)


def test_a_call_that_can_not_be_settled_is_counted_and_answered(calls):
    assert unsettled(calls) == 200
    found = calls.log.sums()
    assert (found["SettlementFailures"], found["CallsFailed"]) == (1, 0)


def test_no_line_has_a_key_or_anything_that_was_said(calls):
    for body in ({}, {"stream": True}, {"mock": {"status": 500}}, {"mock": {"status": 400}}):
        said = json.loads(json.dumps(calls.call(**body)["body"]))
        for line in calls.log.taken():
            told = json.dumps(line)
            assert PROMPT not in told
            assert calls.lane.key.key_id not in told
            assert calls.lane.key.secret not in told
            assert said[:40] not in told


def surprising(calls: Calls) -> None:
    """A hold that is exceeded, figures that can't be, and something without a price."""
    hard = Lane(calls.world, enforcement=Enforcement.HARD)
    calls.call(lane=hard, max_tokens=10, mock={"prompt_tokens": 3000})
    calls.call(lane=hard, max_tokens=10, mock={"prompt_tokens": 50_000})
    served = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
        "service_tier": "scale",
    }
    with contextmanager(answering)(calls.world) as provider:
        provider.put(answer(json.dumps({"id": "c", "model": "real", **served}).encode()))
        calls.call("real-chat")


def batch(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = Lane(calls.world)
    batching = Batching(lane)
    batching.made(chat("a"))
    when: Any = {"metrics": calls.log.metrics, "clock": lambda: utc_now() + timedelta(minutes=30)}
    gateway = lane.gateway(batches=lambda: lane.batch_settlement(**when), **when)
    monkeypatch.setattr("tollgate_proxy.handler.gateway", lambda _deployed: gateway)
    monkeypatch.setattr("tollgate_proxy.settings.from_environment", lambda: None)
    batch_handler.handler({}, CONTEXT)


def swept(dynamodb: Any, tables: Any, log: MetricLog) -> None:
    ledgers = LedgerWorld(dynamodb, tables)
    ledgers.admit(ledgers.add(), cost="1")
    deployed: Any = SimpleNamespace(
        keys_table=tables["KeysTable"],
        usage_table=tables["UsageTable"],
        costs_table=tables["CostsTable"],
        audit_table=tables["AuditTable"],
        usage_retention=timedelta(days=400),
        abandoned_holds=AbandonedPolicy.CHARGE,
        seal_bucket=None,
        stack_name=None,
    )
    until = utc_now() + timedelta(minutes=1)
    sweeper.sweep(dynamodb, deployed, log.metrics, until)
    sweeper.reconcile(dynamodb, deployed, log.metrics, until)
    SealWorld(dynamodb, tables).spend(utc_now() - timedelta(days=4))
    sweeper.seal(dynamodb, deployed, log.metrics, until)


def rolled_up(dynamodb: Any, tables: Any, log: MetricLog, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tables["CostsTable"]
    made = Rollup(ShardSums(dynamodb, table, UTC), MarkedRecords(dynamodb, table))
    monkeypatch.setattr(rollup, "_rollup", lambda: made)
    monkeypatch.setattr(rollup, "EmbeddedMetrics", lambda *_: log.metrics)
    monkeypatch.setattr("tollgate_rollup.settings.from_environment", lambda: SimpleNamespace(stack_name=None))
    monkeypatch.setitem(rollup._TASKS, "close", lambda: DayClosing(dynamodb, table, UTC))
    now = utc_now()
    ClosedDays(dynamodb, table).done((now - timedelta(days=3)).date().isoformat())
    rollup.handler(window_event([stream_record(replace(record("req_1"), created_at=now), 1)]), None)
    rollup.handler({"task": "close"}, None)


def told(log: MetricLog) -> None:
    with otlp_receiver.running() as receiver:
        world = TelemetryWorld(receiver.url, meter=log.metrics)
        world.take(record(identifiers.request_id(utc_now())))
        assert receiver.spans


def alerted(dynamodb: Any, tables: Any, log: MetricLog, monkeypatch: pytest.MonkeyPatch) -> None:
    world = AlertsWorld(dynamodb, tables)
    alerting = replace(world.alerting(), meter=log.metrics)
    monkeypatch.setattr(alerts, "alerting", lambda: alerting)
    key = world.add(budget_limit="10")
    for spent, bouncing in (("8.5", set()), ("1.5", {OWNER})):
        world.messenger.bouncing = bouncing
        world.spend(key, spent)
        alerting.look(key.key_id, world.later)
    alerts.handler({"task": "come back"}, CONTEXT)


def test_every_metric_is_written_by_somebody(calls, dynamodb, tables, monkeypatch):
    """Of those on the list, and no other; each for its stack, and once more by what it is split by."""
    log = calls.log
    for body in ({"mock": {"cached_tokens": 5}}, {"stream": True}, {"mock": {"status": 400}}):
        calls.call(**body)
    calls.call(mock={"status": 500})
    assert unsettled(calls) == 200
    calls.call(changes={"catalog": SimpleNamespace(model=fails)})
    assert list(served_by_others(calls)) + list(reserved(calls))
    surprising(calls)
    batch(calls, monkeypatch)
    swept(dynamodb, tables, log)
    rolled_up(dynamodb, tables, log, monkeypatch)
    told(log)
    alerted(dynamodb, tables, log, monkeypatch)

    written = {figure for line in log.taken() for figure in figures(line)}
    assert {figure.name for figure in written} == METRICS.keys()
    for name, metric in METRICS.items():
        split = {(DIMENSION,)} | ({tuple(sorted((DIMENSION, metric.split_by)))} if metric.split_by else set())
        assert {figure.dimensions for figure in written if figure.name == name} == split, name
