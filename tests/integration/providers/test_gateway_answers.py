"""Answers that are none: told as failures, charged by what came, never kept, and asked for elsewhere."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.bare_targets import (
    ANSWERS,
    GOOD,
    GOOD_COST,
    GOOD_STREAMS,
    GOODS,
    MILLION,
    SENT,
    STREAM,
    code_of,
    events,
    http,
    of_file,
    scenario,
    targets,
)
from tests.support.gateway_world import CALLS, Lane, error_of
from tollgate.ledger.scopes import Enforcement

if TYPE_CHECKING:
    import socket

    from tests.support import bare_server

NAMED = {"idempotency-key": "order-66"}
KEPT = "x-tollgate-replayed-request-id"

NO_COMPLETIONS = {
    "o1": ("chat", of_file("o1-200-html.http")),
    "o2": ("chat", of_file("o2-200-error.json")),
    "o3": ("chat", of_file("o3-200-empty.http")),
    "o5": ("chat", of_file("o5-no-choices.json")),
    **{
        f"{api}, {kind}": (api, answer)
        for api in CALLS
        for kind, answer in {
            "a page": http(b"<!DOCTYPE html><title>Sign in</title>", "text/html"),
            "a page that says that it is JSON": http(b"<html></html>"),
            "an error": http({"error": {"message": "it failed", "code": 503}}),
            "an error in a word": http({"error": "it failed"}),
            "Anthropic's error": http(
                {"type": "error", "error": {"type": "api_error", "message": "it failed"}}
            ),
            "FastAPI's error": http({"detail": "it failed"}),
            "an error as a list": http([{"error": {"message": "it failed"}}]),
            "nothing": http(b""),
            "nothing, and no length": b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
            "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
            "reset content": http(b"", "text/plain", "205 Reset Content"),
            "an empty object": http({}),
            "a list": http([]),
            "a word": http(b"upstream connect error", "text/plain"),
            "another API's answer": http({"object": "list", "data": [], "has_more": False}),
        }.items()
    },
    "no message's content": ("messages", http({"type": "message", "content": None})),
    "a response of nothing": ("responses", http({**GOOD["responses"], "output": [], "usage": None})),
    "no vectors": ("embeddings", http({"object": "list", "data": [], "usage": {"prompt_tokens": 0}})),
}
kinds = pytest.mark.parametrize(("api", "answer"), NO_COMPLETIONS.values(), ids=NO_COMPLETIONS)
FEW = {
    name: each for name, each in NO_COMPLETIONS.items() if not name.startswith(("messages, ", "embeddings, "))
}
few_kinds = pytest.mark.parametrize(("api", "answer"), FEW.values(), ids=FEW)


@kinds
def test_what_is_no_completion_has_failed_and_is_charged_for_no_output(lane, api, answer):
    with targets(lane, answer, api=api) as asked:
        told = asked.ask(api)

    assert code_of(api, told) == (502, "provider_unavailable")
    message = error_of(told)["message"]
    assert message.startswith(
        f"The provider {asked.record['provider_id'].removeprefix('prv_').replace('_', '-')} "
    )
    assert "<" not in message
    assert "x-should-retry" not in told.headers
    lane.assert_settled(
        str(SENT[api] * 100 / MILLION),
        outcome="failed",
        http_status=int(answer[9:12]),
        usage_source="estimated",
        completion_tokens=0,
        attempts=[],
    )


@few_kinds
def test_it_is_never_kept_for_its_name(lane, api, answer):
    with targets(lane, [answer, answer, GOODS[api]], api=api) as asked:
        for status in (502, 502, 200):
            told = asked.ask(api, headers=NAMED)
            assert (told.status, KEPT in told.headers) == (status, False)
        assert KEPT in asked.ask(api, headers=NAMED).headers
        assert asked.asked == [3]
    lane.assert_all_settled(3)


@few_kinds
def test_it_is_asked_for_elsewhere(lane, api, answer):
    with targets(lane, answer, GOODS[api], api=api) as asked:
        told = asked.ask(api)

    assert (told.status, asked.asked) == (200, [1, 1])
    assert json.loads(told.text) == GOOD[api]
    record = asked.record
    (attempt,) = record["attempts"]
    assert (attempt["fault"], attempt["http_status"]) == ("no_completion", int(answer[9:12]))
    # Whoever says that it failed has made nothing; of others nobody knows.
    assert attempt["cost"] in (0, SENT[api] * 100 / MILLION)
    lane.assert_settled(str(GOOD_COST[api] + attempt["cost"]), outcome="succeeded", usage_source="provider")


def test_an_error_that_was_said_costs_nothing_where_another_served(lane):
    with targets(lane, scenario("x3-200-error-body.json"), GOODS["chat"]) as asked:
        assert asked.ask().status == 200
    lane.assert_settled(str(GOOD_COST["chat"]), outcome="succeeded")


def test_all_targets_may_say_that_they_failed(lane):
    said = of_file("o2-200-error.json")
    with targets(lane, said, said, said, GOODS["chat"]) as asked:
        assert asked.ask().status == 200
        assert asked.asked == [1, 1, 1, 1]
    assert len(asked.record["attempts"]) == 3


def test_the_providers_words_are_told(lane):
    with targets(lane, of_file("o2-200-error.json")) as asked:
        message = error_of(asked.ask())["message"]
    assert message.endswith("returned an error instead of a completion: model call rejected.")


FIGURES = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "it failed"}, "usage": FIGURES},
        {"choices": [], "usage": FIGURES},
        {"choices": [{"finish_reason": "error", "error": {"code": 502}, "message": {}}], "usage": FIGURES},
    ],
    ids=["an error", "no choices", "a choice that failed"],
)
def test_figures_of_what_failed_are_charged(lane, body):
    with targets(lane, http(body)) as asked:
        assert asked.ask().status == 502
    lane.assert_settled("0.03", outcome="failed", usage_source="provider", prompt_tokens=100)


def test_figures_of_what_failed_are_charged_besides_where_another_served(lane):
    with targets(lane, http({"choices": [], "usage": FIGURES}), GOODS["chat"]) as asked:
        assert asked.ask().status == 200
    (attempt,) = asked.record["attempts"]
    assert (attempt["cost"], attempt["usage_source"]) == (Decimal("0.03"), "provider")
    lane.assert_settled(str(Decimal("0.03") + GOOD_COST["chat"]), outcome="succeeded")


CUT = {
    "chat": b'{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there, wor',
    "responses": b'{"object":"response","output":[{"content":[{"type":"output_text","text":"Hello there, wor',
    "messages": b'{"type":"message","content":[{"type":"text","text":"Hello there, wor',
}


@pytest.mark.parametrize("broken", [False, True], ids=["ended", "broken off"])
@pytest.mark.parametrize(("api", "body"), CUT.items(), ids=CUT)
def test_an_answer_that_was_cut_is_charged_by_its_text(lane, api, body, broken):
    with targets(lane, http(body + b"-" * 9)[:-9] if broken else http(body), api=api) as asked:
        told = asked.ask(api)
    assert code_of(api, told) == (502, "provider_unavailable")
    assert error_of(told)["message"].endswith(" The generated output was charged.")
    lane.assert_settled(
        str((SENT[api] * 100 + 4 * 1000) / MILLION),
        outcome="failed",
        http_status=200,
        usage_source="estimated",
        completion_tokens=4,
    )


def test_a_response_that_failed_passes_as_it_is_and_is_charged_by_its_figures(lane):
    with targets(lane, [of_file("o6-response-failed.json"), GOODS["responses"]]) as asked:
        told = asked.ask("responses", headers=NAMED)
        assert told.status == 200
        assert told.text.encode() == (ANSWERS / "o6-response-failed.json").read_bytes()
        assert told.headers["x-tollgate-cost-usd"] == "0.038"
        lane.assert_settled("0.038", outcome="failed", usage_source="provider", completion_tokens=28)
        assert json.loads(asked.ask("responses", headers=NAMED).text)["status"] == "completed"
    assert len(lane.assert_all_settled(2)) == 2


def test_a_response_that_failed_is_asked_for_elsewhere_first(lane):
    with targets(lane, of_file("o6-response-failed.json"), GOODS["responses"]) as asked:
        assert json.loads(asked.ask("responses").text)["status"] == "completed"
    (attempt,) = asked.record["attempts"]
    assert (attempt["fault"], attempt["cost"]) == ("no_completion", Decimal("0.038"))
    lane.assert_settled(str(Decimal("0.038") + GOOD_COST["responses"]), outcome="succeeded")


STREAMS_OF_NOTHING: dict[str, tuple[str, bytes]] = {
    "o4": ("chat", of_file("o4-empty-stream.http")),
    "an error": ("chat", http(events({"error": {"message": "it failed", "code": 502}}), STREAM)),
    "an error after a comment": ("chat", http(events(b": wait\n\n", {"error": {"message": "no"}}), STREAM)),
    "an error after whose turn it is": (
        "chat",
        http(events({"choices": [{"delta": {"role": "assistant"}}]}, {"error": {"message": "no"}}), STREAM),
    ),
    "an error by name": ("chat", http(b'event: error\ndata: {"message":"no"}\n\n', STREAM)),
    "a bare error": ("chat", http(b'{"error":{"message":"no"}}\n', STREAM)),
    "the end at once": ("chat", http(b"data: [DONE]\n\n", STREAM)),
    "an error of a response": (
        "responses",
        http(
            events(
                {"type": "response.created", "response": {"id": "r"}},
                {"type": "response.failed", "response": {"id": "r", "status": "failed"}},
            ),
            STREAM,
        ),
    ),
    "an error of a message": (
        "messages",
        http(
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"no"}}\n\n',
            STREAM,
        ),
    ),
    "cut before it began": ("chat", http(events(b": wait\n\n") + b"----", STREAM)[:-4]),
    "a page": ("chat", http(b"<html></html>", "text/html")),
    "an error that is no stream": ("messages", http({"type": "error", "error": {"message": "no"}})),
    "nothing at all": ("chat", http(b"")),
}


@pytest.mark.parametrize(("api", "answer"), STREAMS_OF_NOTHING.values(), ids=STREAMS_OF_NOTHING)
def test_a_stream_that_only_fails_is_asked_for_elsewhere(lane, api, answer):
    good = http(GOOD_STREAMS[api], STREAM)
    with targets(lane, answer, good, api=api) as asked:
        told = asked.ask(api, stream=True)

    assert (told.status, asked.asked) == (200, [1, 1])
    hidden = events({"choices": [], "usage": GOOD["chat"]["usage"]}) if api == "chat" else b""
    assert told.text.encode() == GOOD_STREAMS[api].replace(hidden, b"")
    (attempt,) = asked.record["attempts"]
    assert attempt["fault"] in ("no_completion", "broken_off")
    lane.assert_settled(str(GOOD_COST[api] + attempt["cost"]), outcome="succeeded", streamed=True)


@pytest.mark.parametrize("api", GOOD_STREAMS)
@pytest.mark.parametrize("others", [0, 1])
def test_of_a_stream_that_was_looked_at_nothing_is_lost(lane, api, others):
    before = b": wait\n\n"
    good = http(before + GOOD_STREAMS[api], STREAM)
    with targets(lane, good, *[GOODS[api]] * others, api=api) as asked:
        told = asked.ask(
            api, stream=True, **({"stream_options": {"include_usage": True}} if api == "chat" else {})
        )
    assert told.text.encode() == before + GOOD_STREAMS[api]
    assert asked.asked == [1, *[0] * others]
    lane.assert_settled(str(GOOD_COST[api]), outcome="succeeded", attempts=[])


def test_a_stream_that_has_begun_is_on_its_way_at_once(lane):
    """The provider goes on when the client has had the first word."""
    first, *rest = [
        events(each) for each in ({"choices": [{"delta": {"content": "Hi"}}]}, b"data: [DONE]\n\n")
    ]

    def answer(server: bare_server.Server, connection: socket.socket) -> bool:
        connection.sendall(
            f"HTTP/1.1 200 OK\r\ncontent-type: {STREAM}\r\nconnection: close\r\n\r\n".encode() + first
        )
        server.wait()
        connection.sendall(b"".join(rest))
        return False

    with targets(lane, b"", GOODS["chat"]) as asked:
        asked.servers[0].answer = answer
        path, body = CALLS["chat"]
        chunks = iter(
            lane.begin(
                {**body, "model": asked.name, "stream": True}, path=path, gateway=asked.gateway()
            ).chunks
        )
        assert next(chunks) == first
        asked.servers[0].go_on.set()
        assert b"".join(chunks) == b"".join(rest)


def test_a_stream_that_is_the_last_passes_what_its_provider_says(lane):
    said = events({"error": {"message": "it failed", "code": 502}})
    with targets(lane, http(said, STREAM), http(said, STREAM)) as asked:
        told = asked.ask(stream=True)
        assert asked.asked == [2, 2]
    assert (told.status, told.text.encode()) == (200, said)
    lane.assert_settled(str(4 * 100 / MILLION), outcome="failed", completion_tokens=0)


@pytest.mark.parametrize("count", [1, 2])
def test_no_stream_blames_the_clients_key_either(lane, count):
    said = http(
        events({"error": {"message": "Incorrect API key provided: sk-a", "code": "invalid_api_key"}}), STREAM
    )
    with targets(lane, *[said] * count) as asked:
        told = asked.ask(stream=True)
    assert code_of("chat", told) == (502, "provider_authentication")
    assert "sk-a" not in told.text
    assert asked.record["outcome"] == "failed"


def test_in_the_background_no_other_target_makes_it_too(lane):
    with targets(lane, http({"object": "response", "output": "?"}), GOODS["responses"]) as asked:
        told = asked.ask("responses", background=True)
        assert (told.status, asked.asked) == (200, [1, 0])


HARD: dict[str, list[bytes]] = {
    "figures": [http({"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 200}})],
    "figures, and an error": [http({"error": {"message": "no"}, "usage": {"prompt_tokens": 900}})],
    "nothing": [http(b"")],
    "a page": [http(b"<html></html>", "text/html")],
    "an error": [http({"error": {"message": "no"}})],
    "a cut answer": [http(CUT["chat"])],
    "a broken answer": [http(CUT["chat"] + b"-" * 9)[:-9]],
    "a key": [http({}, "application/json", "401 No")],
}


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize("count", [2, 3])
def test_a_hard_budget_holds_whatever_nonsense_comes_in_turn(lanes, streams, count):
    """Each request's provider may bill all that its attempts show, or an input that nobody answered."""
    limit = Decimal(20)
    lane = Lane(lanes, enforcement=Enforcement.HARD, budget_limit=str(limit))
    for told in itertools.product(HARD, repeat=count - 1):
        answers = [HARD[kind] for kind in told]
        with targets(lane, *answers, GOODS["chat"]) as asked:
            answer = asked.ask(stream=streams, max_completion_tokens=200)
            assert answer.status in (200, 502)
        scope = lane.scope
        assert scope.holds == {}
        assert scope.budget_used <= limit
    records = lane.records
    assert not any(record["exceeds_hold"] for record in records)
    assert sum(record["calculated_cost"] for record in records) == lane.scope.budget_used


def test_what_a_failed_answer_cost_beyond_a_hard_hold_ends_the_call(lanes):
    """Another target might cost as much as all that is held."""
    lane = Lane(lanes, enforcement=Enforcement.HARD, budget_limit="5")
    costly = http({"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 200}})
    with targets(lane, costly, GOODS["chat"]) as asked:
        assert asked.ask(max_completion_tokens=200).status == 502
        assert asked.asked == [1, 0]
    (record,) = lane.assert_all_settled(1)
    assert record["outcome"] == "failed"
    assert Decimal("0.2") < record["calculated_cost"] < Decimal("0.3")  # of its prompt, what was held for it
    assert not record["exceeds_hold"]
