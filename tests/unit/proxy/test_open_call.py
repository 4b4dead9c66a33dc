"""An admitted call that goes wrong on the way still ends as its client and its ledger need it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.builders import NOW, admitted, model, provider, scope
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import UsageSource
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.sse import EventSplitter, data_of
from tollgate_proxy.apis import routes
from tollgate_proxy.bounds.call_bounds import OutputPolicy
from tollgate_proxy.call_notes import CallNotes
from tollgate_proxy.http_messages import Request
from tollgate_proxy.metered_call import parse_call
from tollgate_proxy.open_call import OpenCall
from tollgate_proxy.serving.failover import ServedCall
from tollgate_proxy.side.replays import Replay
from tollgate_proxy.upstream.provider_calls import Fault, UpstreamAnswer, UpstreamError

OUTPUT = OutputPolicy(default=16_384, minimum=256)


class FakeCatalog:
    def model(self, system_name):
        return model(system_name)

    def provider(self, provider_id):
        return provider()

    def models(self):
        return []


@dataclass
class FakeLedger:
    records: list = field(default_factory=list)
    finished_settlements: list = field(default_factory=list)

    def begin_settlement(self, admitted, record):
        self.records.append(record)
        return SimpleNamespace(
            record=record,
            expected=[scope()],
            finish=lambda: self.finished_settlements.append(record),
        )


class FakeStored:
    def note(self, key_id, model, candidate, response):
        pass


class FakeAnswers:
    pass


@dataclass
class FakeMetrics:
    counted: list = field(default_factory=list)

    def count(self, metrics, **properties):
        self.counted += metrics


@pytest.fixture
def ledger():
    return FakeLedger()


@pytest.fixture
def metrics():
    return FakeMetrics()


@pytest.fixture
def open_call(ledger, metrics):
    sent = b'{"model":"small","stream":true,"messages":[{"role":"user","content":"hi"}]}'
    route: Any = routes.match("POST", "/v1/chat/completions")
    call = parse_call(route, sent, FakeCatalog(), NOW, OUTPUT)
    request = Request("req_1", "POST", "/v1/chat/completions", {}, sent, NOW, NOW, NOW)
    answers: Any = FakeAnswers()
    stored: Any = FakeStored()
    replay = Replay(answers, lambda: NOW)
    return OpenCall(ledger, lambda: NOW, request, call, admitted(), stored, replay, metrics, CallNotes())


@pytest.fixture
def responses_call(open_call):
    sent = b'{"model":"small","stream":true,"input":"hi"}'
    route: Any = routes.match("POST", "/v1/responses")
    return replace(open_call, call=parse_call(route, sent, FakeCatalog(), NOW, OUTPUT))


def relay(open_call, answer):
    return open_call.relay(ServedCall(open_call.call.candidates[0], answer))


def upstream(*chunks, content_type="text/event-stream", breaks_off=False):
    def read():
        yield from chunks
        if breaks_off:
            raise UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, "It broke off."), Fault.BROKEN_OFF)

    return UpstreamAnswer(200, {"content-type": content_type}, None, read())


def events_of(answer):
    splitter = EventSplitter()
    return [data_of(event) for event in splitter.feed(b"".join(answer.chunks))]


HELLO = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'


def test_a_stream_that_breaks_off_between_two_events_ends_with_an_error_event(open_call, ledger):
    first, error = events_of(relay(open_call, upstream(HELLO, breaks_off=True)))

    assert first == data_of(HELLO)
    assert error.startswith(b'{"error": {"message": "It broke off. The generated output was charged."')
    (record,) = ledger.records
    assert record.outcome is Outcome.FAILED
    assert record.usage.source is UsageSource.ESTIMATED


def test_a_stream_that_breaks_off_within_an_event_ends_with_an_error_event(open_call):
    events = events_of(relay(open_call, upstream(HELLO, HELLO[:30], breaks_off=True)))

    assert len(events) == 2  # what was cut of the second is not sent on
    assert events[-1].startswith(b'{"error": {"message": "It broke off. The generated output was charged."')


FINISHED = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize("end", [FINISHED, DONE, FINISHED + DONE], ids=["finished", "done", "both"])
@pytest.mark.parametrize("breaks_off", [False, True], ids=["closed", "broken"])
def test_a_stream_that_has_come_to_its_end_has_succeeded_however_its_connection_ends(
    open_call, ledger, end, breaks_off
):
    answer = relay(open_call, upstream(HELLO, end, breaks_off=breaks_off))

    assert b"".join(answer.chunks) == HELLO + end
    assert ledger.records[0].outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("rest", [b"", HELLO[:30]], ids=["between events", "within an event"])
def test_a_stream_that_just_stops_has_failed_and_ends_with_an_error_event(open_call, ledger, rest):
    first, error = events_of(relay(open_call, upstream(HELLO, *filter(None, [rest]))))

    assert first == data_of(HELLO)
    assert b"ended its stream before the response was complete" in error
    assert ledger.records[0].outcome is Outcome.FAILED
    assert ledger.records[0].usage.completion_tokens == 2


def test_text_that_ends_a_stream_without_an_empty_line_is_ended_before_the_error(open_call):
    first, error = events_of(relay(open_call, upstream(HELLO[:-1])))
    assert (first, error[:10]) == (data_of(HELLO), b'{"error": ')


@pytest.mark.parametrize("breaks_off", [False, True], ids=["closed", "broken"])
def test_after_a_providers_own_error_comes_no_other(open_call, ledger, breaks_off):
    error = b'data: {"error":{"message":"overloaded"}}\n\n'
    answer = relay(open_call, upstream(HELLO, error, breaks_off=breaks_off))

    assert b"".join(answer.chunks) == HELLO + error
    assert ledger.records[0].outcome is Outcome.FAILED


def test_no_chunk_on_its_way_is_empty(open_call):
    """One would end the answer where chunks are sent one by one."""
    answer = relay(open_call, upstream(HELLO[:9], HELLO[9:], b"", FINISHED + DONE))
    assert all(answer.chunks)


WAITING = b": waiting\n\n"


def test_a_client_that_waits_is_told_so_between_events_alone(open_call, ledger):
    silent = [b"", HELLO[:9], b"", HELLO[9:], b"", b"", FINISHED + DONE]
    answer = relay(open_call, upstream(*silent))
    assert b"".join(answer.chunks) == WAITING * 2 + HELLO + WAITING * 2 + FINISHED + DONE
    assert ledger.records[0].outcome is Outcome.SUCCEEDED


def test_nothing_is_said_within_an_event_of_which_a_part_has_passed(responses_call):
    event = b'event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\n'
    answer = relay(responses_call, upstream(event[:30], b"", event[30:], b""))
    assert b"".join(answer.chunks).startswith(event + WAITING)


def test_what_fills_the_time_is_not_kept_for_a_replay(open_call):
    kept: list[list[bytes]] = []
    replay: Any = SimpleNamespace(is_wanted=True, keep=lambda *asked: kept.append(asked[-1]))
    answer = relay(replace(open_call, replay=replay), upstream(b"", HELLO, FINISHED, b"", DONE))
    assert b"".join(answer.chunks).count(WAITING) == 2
    assert b"".join(kept[0]) == HELLO + FINISHED + DONE


@pytest.mark.parametrize(("quiet", "said"), [(0, 0), (1e-9, 2)])
def test_a_client_of_another_api_is_told_to_wait_while_nothing_can_be_translated(open_call, quiet, said):
    stream = SimpleNamespace(
        feed=lambda chunk: chunk if b"Hello" in chunk else b"",
        finish=bytes,
        is_over=True,
        is_streamed=True,
        failure=None,
    )
    translation: Any = SimpleNamespace(
        stream=lambda _at: stream, headers_beside=lambda *_: {}, content_type={}
    )
    translated = replace(open_call, call=replace(open_call.call, translation=translation))
    ping = b": ping\n\n"
    answer = relay(translated, replace(upstream(ping, HELLO, b"", FINISHED + DONE), quiet=quiet))
    assert b"".join(answer.chunks).replace(WAITING, b"") == HELLO
    answer = relay(translated, replace(upstream(ping, HELLO, b""), quiet=quiet))
    assert b"".join(answer.chunks).count(WAITING) == said


def test_a_client_that_goes_away_in_the_middle_of_a_stream_pays_for_what_was_produced(open_call, ledger):
    chunks = relay(open_call, upstream(HELLO, HELLO, HELLO)).chunks
    next(chunks)
    chunks.close()

    (record,) = ledger.records
    assert record.outcome is Outcome.FAILED
    assert record.calculated_cost > 0


def test_what_came_after_the_last_figures_of_a_broken_stream_is_not_free(open_call, ledger):
    early = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0}}\n\n'
    events_of(relay(open_call, upstream(early, HELLO, breaks_off=True)))

    assert ledger.records[0].usage.completion_tokens > 0


@pytest.mark.parametrize(
    ("figures", "counted"),
    [
        (b'{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}', False),
        (b'{"prompt_tokens":9,"completion_tokens":0}', False),
        (b'{"prompt_tokens":9,"completion_tokens":9000000}', True),
        (b'{"prompt_tokens":9000000,"completion_tokens":12}', True),
        (b'{"prompt_tokens":9,"completion_tokens":12,"total_tokens":9000000}', True),
    ],
)
def test_figures_that_can_not_be_are_counted_for_an_alarm(open_call, ledger, metrics, figures, counted):
    answered = b'{"choices":[{"message":{"content":"Hello"}}],"usage":%b}' % figures
    relay(open_call, upstream(answered, content_type="application/json"))

    assert ledger.records[0].usage.total_tokens < 100
    assert ("UsageImplausible" in metrics.counted) is counted


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param(b'{"prompt_tokens":9,"completion_tokens":12}', id="sound"),
        pytest.param(
            b'{"prompt_tokens":%d,"completion_tokens":1}' % 7**50,
            id="beyond 38 digits",
        ),
    ],
)
def test_whatever_figures_a_provider_gives_the_call_is_recorded(open_call, ledger, figures):
    answered = b'{"choices":[{"message":{"content":"Hello"}}],"usage":%b}' % figures
    relay(open_call, upstream(answered, content_type="application/json"))

    assert len(ledger.records) == 1
