"""Events of the keys table's stream and of the schedule, as Lambda hands them over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import NOW, scope
from tests.support.metric_log import MetricLog
from tollgate.alerts.decisions import AlertPolicy
from tollgate.aws import dynamodb
from tollgate.keys import api_keys
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease
from tollgate.ledger.store import scope_items
from tollgate_alerts import handler

if TYPE_CHECKING:
    from tollgate.alerts.spending_samples import Sample

CONTEXT: Any = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000)


@dataclass
class FakeAlerting:
    """Notes what is looked at; `failing` keys can't be."""

    failing: set[str] = field(default_factory=set)
    looked_at: list[str] = field(default_factory=list)
    until: Any = None
    came_back: int = 0
    meter: Any = field(default_factory=lambda: MetricLog().metrics)
    policies: Any = field(
        default_factory=lambda: SimpleNamespace(alert_policy=lambda: AlertPolicy(forecast_days=0))
    )

    def look(self, key_id: str, until: Any) -> None:
        self.looked_at.append(key_id)
        self.until = until
        if key_id in self.failing:
            raise RuntimeError(f"{key_id} can't be looked at")

    def process_due(self, until: Any) -> int:
        self.came_back += 1
        self.until = until
        return 3


@dataclass
class FakeSummaries:
    failing: set[str] = field(default_factory=set)
    noted: list[str] = field(default_factory=list)

    def note(self, key_id: str) -> None:
        self.noted.append(key_id)
        if key_id in self.failing:
            raise RuntimeError(f"{key_id} can't be noted")


@dataclass
class FakeSamples:
    failing: bool = False
    put_of: list[tuple[str, Sample]] = field(default_factory=list)

    def put(self, key_id: str, sample: Sample) -> None:
        if self.failing:
            raise RuntimeError("can't be put")
        self.put_of.append((key_id, sample))


@pytest.fixture
def samples(monkeypatch) -> FakeSamples:
    fake = FakeSamples()
    monkeypatch.setattr(handler, "spent", lambda: fake)
    return fake


@dataclass
class FakeIncreases:
    raised: list[str] = field(default_factory=list)

    def at_percent(self, key_id: str) -> bool:
        self.raised.append(key_id)
        return True


@pytest.fixture(autouse=True)
def raises(monkeypatch) -> FakeIncreases:
    fake = FakeIncreases()
    monkeypatch.setattr(handler, "increases", lambda: fake)
    return fake


@pytest.fixture
def budgets(monkeypatch, summaries, samples) -> FakeAlerting:
    fake = FakeAlerting()
    monkeypatch.setattr(handler, "alerting", lambda: fake)
    return fake


@pytest.fixture
def summaries(monkeypatch) -> FakeSummaries:
    fake = FakeSummaries()
    monkeypatch.setattr(handler, "summary_writer", lambda: fake)
    return fake


def image(key_id: str, used: str) -> dict[str, Any]:
    key = api_keys.ApiKey(key_id=key_id, secret="S" * 32)
    return dynamodb.item(scope_items.to_item(scope(key, used=used)))


def record(number: int, key_id: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    """A change of an item: `before` and `after` are USD used, or images."""
    images = {"OldImage": before, "NewImage": after}
    return {
        "eventID": str(number),
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1773500967,
            "Keys": {"key_id": {"S": key_id}},
            "SequenceNumber": f"{number:05}",
            "SizeBytes": 512,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **{
                name: image(key_id, each) if isinstance(each, str) else each
                for name, each in images.items()
                if each is not None
            },
        },
    }


def taken(*records: dict[str, Any]) -> list[str]:
    """The numbers of the records that failed."""
    answer = handler.handler({"Records": list(records)}, CONTEXT)
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_a_key_at_a_threshold_is_looked_at(budgets):
    assert taken(record(1, "a", "7", "8"), record(2, "b", "1", "2")) == []
    assert budgets.looked_at == ["a"]


def test_a_key_is_looked_at_once_a_batch_whatever_it_has_of_it(budgets):
    records = [record(n, "ab"[n % 2], str(7 + n / 10), str(7.1 + n / 10)) for n in range(12)]
    assert taken(*records) == []
    assert sorted(budgets.looked_at) == ["a", "b"]


def test_a_crossing_is_seen_though_the_last_record_says_nothing_of_it(budgets):
    assert taken(record(1, "a", "7", "8"), record(2, "a", "8", "8")) == []
    assert budgets.looked_at == ["a"]


def test_what_rose_and_fell_back_within_a_batch_is_nothing(budgets):
    assert taken(record(1, "a", "7", "8"), record(2, "a", "8", "7")) == []
    assert budgets.looked_at == []


def test_a_key_that_fails_is_named_by_its_first_record_and_the_others_are_looked_at(budgets):
    budgets.failing = {"b"}
    failed = taken(
        record(1, "a", "7", "8"),
        record(2, "b", "7", "8"),
        record(3, "c", "7", "8"),
        record(4, "b", "8", "8"),
    )
    assert failed == ["00002"]
    assert budgets.looked_at == ["a", "b", "c"]


def test_all_that_fail_are_named(budgets):
    budgets.failing = {"a", "b"}
    assert taken(record(1, "a", "7", "8"), record(2, "b", "7", "8")) == ["00001", "00002"]


def test_why_a_key_failed_is_in_the_log(budgets, caplog):
    budgets.failing = {"a"}
    taken(record(1, "a", "7", "8"))
    assert "The budgets of a could not be checked" in caplog.text
    assert "a can't be looked at" in caplog.text


def test_an_image_that_makes_no_sense_fails_alone(budgets):
    broken = image("a", "9")
    del broken["name"]
    assert taken(record(1, "a", "7", broken), record(2, "b", "7", "8")) == ["00001"]
    assert budgets.looked_at == ["b"]


@pytest.mark.parametrize("name", ["family#key_1", "checkpoint#1", "move#key_1"])
def test_what_else_the_keys_table_holds_is_passed_over(budgets, name):
    other = {"key_id": {"S": name}, "budget_limit": {"N": "10"}, "parts": {"M": {}}}
    assert taken(record(1, name, None, other), record(2, name, other, None)) == []
    assert budgets.looked_at == []


def test_a_key_that_was_deleted_is_passed_over(budgets):
    assert taken(record(1, "a", "9", None)) == []
    assert budgets.looked_at == []


def test_the_schedule_does_what_is_due(budgets):
    assert handler.handler({"task": "come back"}, CONTEXT) is None
    assert budgets.came_back == 1


def test_nothing_is_begun_that_could_not_be_finished_before_the_function_is_stopped(budgets, monkeypatch):
    monkeypatch.setattr(handler, "utc_now", lambda: NOW)
    for event in ({"task": "come back"}, {"Records": [record(1, "a", "7", "8")]}):
        budgets.until = None
        handler.handler(event, CONTEXT)
        assert budgets.until == NOW + timedelta(seconds=40)


def test_a_key_that_stands_differently_is_noted_once_a_batch(budgets, summaries):
    records = [record(n, "ab"[n % 2], str(n), str(n + 1)) for n in range(6)]
    assert taken(*records, record(7, "c", "1", "1.001")) == []
    assert summaries.noted == ["a", "b"]


def test_what_rose_and_fell_back_within_a_batch_is_noted_all_the_same(budgets, summaries):
    """Somebody else may have seen it in between."""
    assert taken(record(1, "a", "7", "8"), record(2, "a", "8", "7")) == []
    assert summaries.noted == ["a"]


def test_a_key_that_comes_or_goes_is_noted(budgets, summaries):
    assert taken(record(1, "a", None, "1"), record(2, "b", "1", None)) == []
    assert summaries.noted == ["a", "b"]


def test_a_summary_that_fails_keeps_back_no_alert_and_is_told_again(budgets, summaries):
    summaries.failing = {"a"}
    assert taken(record(1, "a", "7", "8"), record(2, "b", "7", "8")) == ["00001"]
    assert budgets.looked_at == ["a", "b"]
    assert summaries.noted == ["a", "b"]


def test_a_look_that_fails_keeps_back_no_summary(budgets, summaries):
    budgets.failing = {"a"}
    assert taken(record(1, "a", "7", "8")) == ["00001"]
    assert summaries.noted == ["a"]


@pytest.mark.parametrize(("used", "raised"), [("9.4", []), ("9.5", ["key_1"]), ("12", ["key_1"])])
def test_a_limit_that_its_own_policy_raises_is_raised_from_its_percent_on(budgets, raises, used, raised):
    policy = AutomaticIncrease(Decimal(5), None, Decimal(5), at_percent=95)
    key = api_keys.ApiKey(key_id="key_1", secret="S" * 32)
    after = dynamodb.item(scope_items.to_item(scope(key, used=used, automatic_increase=policy)))
    assert taken(record(1, "key_1", "1", after)) == []
    assert raises.raised == raised


def test_a_key_without_such_a_policy_is_not_raised(budgets, raises):
    assert taken(record(1, "key_1", "1", "10")) == []
    assert raises.raised == []
