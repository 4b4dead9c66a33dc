"""`tollgate requests tail`: each request once, whatever arrives between readings."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.cli_runner import Gateway, page, run
from tests.support.shown_rows import row
from tollgate_cli.arguments import spans
from tollgate_cli.commands.records import request_tail
from tollgate_cli.commands.records.request_tail import RequestTail

START = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Log:
    """Requests that come in at a time and end at another; only what has ended by `at` is in it."""

    def __init__(self, requests=()):
        self.requests = sorted(requests, key=lambda each: each["createdAt"])
        self.at = START
        self.since = []

    def read(self, since):
        self.since.append(since)
        for each in reversed(self.requests):
            if each["completedAt"] <= written(self.at) and (since is None or each["createdAt"] >= since):
                yield each


def written(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def request(name, came_in, lasted=1.0):
    """At seconds after the start."""
    began = START + timedelta(seconds=came_in)
    return {
        "id": str(name),
        "createdAt": written(began),
        "completedAt": written(began + timedelta(seconds=lasted)),
    }


@pytest.fixture
def clock(monkeypatch):
    """Sets what the machine takes for now."""

    def at(moment):
        monkeypatch.setattr(request_tail, "now", lambda: moment)

    at(START)
    return at


def followed(log, clock, tail, until, step=2.0):
    """The ids that come at readings every `step` seconds."""
    shown = []
    while log.at < START + timedelta(seconds=until):
        log.at += timedelta(seconds=step)
        clock(log.at)
        shown += [each["id"] for each in tail.more()]
    return shown


def test_it_begins_with_the_newest_and_has_them_oldest_first(clock):
    log = Log(request(number, -100 + number) for number in range(50))
    assert [each["id"] for each in RequestTail(log.read).begin(3)] == ["47", "48", "49"]
    assert RequestTail(log.read).begin(0) == []


def test_what_was_there_does_not_come_again(clock):
    log = Log(request(number, -1000 + 10 * number) for number in range(99))
    tail = RequestTail(log.read)
    tail.begin(5)
    assert followed(log, clock, tail, 60) == []


@pytest.mark.parametrize("seed", range(5))
def test_each_request_comes_once_however_long_it_took(clock, seed):
    drawn = random.Random(seed)
    lasting = [drawn.choice([0.1, 1, 30, 200, 890]) for _ in range(400)]
    log = Log(request(number, drawn.uniform(0, 1500), lasted) for number, lasted in enumerate(lasting))
    tail = RequestTail(log.read)
    tail.begin(10)
    shown = followed(log, clock, tail, 2500)
    assert len(shown) == len(set(shown))
    assert set(shown) == {each["id"] for each in log.requests}


def test_many_at_once_have_no_gap(clock):
    log = Log([request("before", -5), *(request(f"new-{number}", number / 1000) for number in range(1500))])
    tail = RequestTail(log.read)
    tail.begin(1)
    assert followed(log, clock, tail, 4, step=4) == [f"new-{number}" for number in range(1500)]


def test_a_fault_loses_nothing(clock):
    """Also not what came in before it and ended while nothing could be read."""
    log = Log([request("before", -5), *(request(number, 5 + 20 * number, 400) for number in range(100))])
    tail = RequestTail(log.read)
    tail.begin(1)
    shown = followed(log, clock, tail, 500)
    log.at += timedelta(hours=1)
    clock(log.at)
    tail._read, reading = broken, tail._read
    with pytest.raises(ConnectionError):
        tail.more()
    tail._read = reading
    shown += [each["id"] for each in tail.more()]
    assert sorted(shown, key=int) == [str(number) for number in range(100)]


def broken(_since):
    raise ConnectionError
    yield


def test_readings_stay_short_while_filters_let_nothing_pass(clock):
    log = Log([request("before", -5)])
    tail = RequestTail(log.read)
    tail.begin(1)
    followed(log, clock, tail, 4 * 3600, step=5)
    assert log.since[-1] >= written(log.at - timedelta(minutes=30))


def test_an_empty_log_begins_with_what_comes(clock):
    log = Log([request("first", 3)])
    tail = RequestTail(log.read)
    assert tail.begin(10) == []
    assert followed(log, clock, tail, 10) == ["first"]


LISTED = "GET /api/admin/requests"


def listed(name, moment="2026-11-29T12:00:00Z"):
    return row("ListedRequestView", id=name, createdAt=moment, completedAt=moment, keyName="Search")


@pytest.fixture
def waits(monkeypatch):
    """Answers the waits between readings; the fourth is interrupted."""
    seen = []

    def sleep(seconds):
        seen.append(seconds)
        if len(seen) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("tollgate_cli.commands.records.tail_command.time.sleep", sleep)
    return seen


def answers(*pages):
    """Answers each request with the next one, and then with the last."""
    left = list(pages)

    def answer(_request):
        found = left.pop(0) if len(left) > 1 else left[0]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return answer


def test_it_prints_until_it_is_interrupted(waits):
    one, two, three = listed("req_1"), listed("req_2"), listed("req_3")
    gateway = Gateway({LISTED: answers(page(one), page(two, one), page(three, two, one))})
    ran = run("requests", "tail", "--json", gateway=gateway)
    assert ran.code == 130
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["req_1", "req_2", "req_3"]
    assert waits == [2.0] * 4


def test_it_waits_for_a_gateway_that_is_down(waits, monkeypatch):
    monkeypatch.setattr("tollgate_client.api_client.attempts.wait_after_answer", lambda *_: None)
    down = httpx.Response(503, json={"title": "Down", "status": 503, "detail": "It rests."})
    gateway = Gateway(
        {LISTED: answers(page(listed("req_1")), down, down, page(listed("req_2"), listed("req_1")))}
    )
    ran = run("requests", "tail", "--json", gateway=gateway)
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["req_1", "req_2"]
    assert waits == [2.0, 4.0, 8.0, 2.0]
    assert ran.stderr.count("Trying again") == 1
    assert "The gateway is back" in ran.stderr


def test_a_token_that_is_refused_ends_it(waits):
    refused = httpx.Response(401, json={"title": "Unauthorized", "status": 401, "detail": "The token ended."})
    ran = run("requests", "tail", gateway=Gateway({LISTED: answers(page(listed("req_1")), refused)}))
    assert (ran.code, "The token ended." in ran.stderr) == (3, True)


def test_filters_and_where_it_begins_are_sent(waits, monkeypatch):
    monkeypatch.setattr(spans, "now", lambda: START)
    gateway = Gateway({LISTED: page()})
    run("requests", "tail", "--since", "2h", "--outcome", "failed", "--status", "5xx", gateway=gateway)
    assert gateway.lines[0] == (
        "GET /api/admin/requests?from=2026-11-29T10%3A00%3A00Z&outcome=failed&status=5xx"
    )


def test_the_wait_can_be_chosen(waits):
    run("requests", "tail", "--interval", "10", gateway=Gateway({LISTED: page()}))
    assert waits[0] == 10
    assert run("requests", "tail", "--interval", "0").code == 2


def test_lines_of_a_tail_stand_below_each_other(waits):
    """Whatever comes later: nothing that is printed can be moved any more."""
    short = listed("req_1") | {"model": "o3", "outcome": "succeeded"}
    long = listed("req_2") | {
        "keyName": "A team with a long name", "model": "a-model-with-a-long-name", "outcome": "failed",
        "httpStatus": 503, "calculatedCost": "0.00012345",
    }  # fmt: skip
    gateway = Gateway({LISTED: answers(page(short), page(long, short))})
    ran = run("requests", "tail", "--no-color", gateway=gateway, terminal=True, width=80)
    heading, first, second = ran.stdout.splitlines()
    assert {len(heading), len(first), len(second)} == {80}
    assert second.split() == [
        "11-29", "12:00:00", "A", "team", "with…", "a-model-with-a-…", "failed", "503", "2", "$0.00012345",
    ]  # fmt: skip
