"""Whatever a provider does, on whichever API: one record, one charge, no hold, and the error that fits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from infra.local.free_ports import LOOPBACK, free_ports
from tests.support.builders import model, provider
from tests.support.gateway_world import CALLS, Lane
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.scopes import Enforcement
from tollgate_proxy.upstream.provider_calls import Timeouts, Upstream

if TYPE_CHECKING:
    from types import SimpleNamespace

STREAMED = ("chat", "responses", "messages")
WAYS = [(api, False) for api in CALLS] + [(api, True) for api in STREAMED]
ways = pytest.mark.parametrize(
    ("api", "streams"), WAYS, ids=[f"{api}{' stream' if streams else ''}" for api, streams in WAYS]
)
streamed = pytest.mark.parametrize("api", STREAMED)
# USD for 1M tokens of input and of output.
PRICES = {"embeddings": (Decimal("0.02"), Decimal(0))}
USUAL = (Decimal("0.15"), Decimal("0.6"))
# What the mock reports for the prompt of each call, and what an estimate makes of it.
REPORTED = {"chat": 6, "responses": 6, "messages": 6, "embeddings": 2}
ESTIMATED = {"chat": 4, "responses": 3, "messages": 4, "embeddings": 3}
COST_LINE = ": x-tollgate-cost-usd "


class Ended(NamedTuple):
    """A call that is over: what the client got, without the comment that states a stream's cost."""

    answer: SimpleNamespace
    text: str
    stated: str | None


def ask(lane: Lane, api: str, *, streams: bool, timeouts: Timeouts | None = None, **asked: Any) -> Ended:
    dispatcher = lane.dispatcher(Upstream(timeouts or Timeouts()), pause=lambda _: None)
    if streams:
        asked |= {"stream": True, "headers": {"x-tollgate-stream-cost": "1"}}
    answer = lane.ask(api, gateway=lane.gateway(dispatcher=dispatcher), **asked)
    if answer.headers["content-type"].startswith("text/event-stream"):
        text, _, cost = answer.text.rpartition(COST_LINE)
        return Ended(answer, text, cost.strip())
    return Ended(answer, answer.text, answer.headers.get("x-tollgate-cost-usd"))


def assert_charged(
    lane: Lane, api: str, ended: Ended, *, prompt: int, completion: int, source: str, **expected: Any
) -> None:
    of_input, of_output = PRICES.get(api, USUAL)
    cost = (prompt * of_input + completion * of_output) / 1_000_000
    record = lane.assert_settled(
        str(cost), prompt_tokens=prompt, completion_tokens=completion, usage_source=source, **expected
    )
    assert record["request_id"] == ended.answer.id
    assert not record["exceeds_hold"]
    if ended.answer.status == 200:
        assert ended.stated is not None
        assert Decimal(ended.stated) == cost


def events_of(text: str) -> list[dict[str, Any]]:
    """The data of a stream's events, as far as they are JSON objects."""
    found = []
    for event in text.split("\n\n"):
        for line in event.splitlines():
            if line.startswith("data: {"):
                try:
                    found.append(json.loads(line.removeprefix("data: ")))
                except ValueError:
                    continue
    return found


def pieces_of(api: str, text: str) -> list[str]:
    """What a stream has brought of the model's text, piece by piece."""
    pieces = []
    for event in events_of(text):
        match api:
            case "chat":
                pieces += [choice["delta"].get("content") for choice in event.get("choices", ())]
            case "responses" if event["type"] == "response.output_text.delta":
                pieces.append(event["delta"])
            case "messages" if event["type"] == "content_block_delta":
                pieces.append(event["delta"]["text"])
    return [piece for piece in pieces if piece]


def text_of(api: str, answer: dict[str, Any]) -> str:
    match api:
        case "chat":
            text = answer["choices"][0]["message"]["content"]
        case "responses":
            text = answer["output"][0]["content"][0]["text"]
        case "messages":
            text = answer["content"][0]["text"]
        case _:
            text = ""
    assert isinstance(text, str)
    return text


def tokens(*pieces: str) -> int:
    """About four characters of English a token."""
    return sum(-(-len(piece) // 4) for piece in pieces)


def error_code(api: str, text: str) -> str:
    """The code of an error answer in the API's own shape."""
    body = json.loads(text)
    error = body["error"]
    assert error["message"]
    if api == "messages":
        assert body["type"] == "error"
        assert body["request_id"]
        assert error["type"] == "api_error"
    else:
        assert "param" in error
        assert error["type"] == "upstream_error"
    code = error["code"]
    assert isinstance(code, str)
    return code


def last_error_code(api: str, text: str) -> str:
    """The code of the error event that ends a stream, which must be of the API's own shape."""
    assert text.endswith("\n\n")
    *_, event = text.removesuffix("\n\n").split("\n\n")
    lines = event.splitlines()
    if api == "chat":
        (line,) = lines
    else:
        name, line = lines
        assert name == "event: error"
    data = json.loads(line.removeprefix("data: "))
    if api == "responses":
        assert data["type"] == "error"
        assert data["code"] == data["error"]["code"]
        assert data["message"] == data["error"]["message"]
        assert "param" in data
    return error_code(api, json.dumps(data))


@ways
def test_what_a_provider_reports_is_charged_to_the_token(lane, api, streams):
    ended = ask(lane, api, streams=streams, mock={"prompt_tokens": 1234, "completion_tokens": 56})
    assert ended.answer.status == 200
    completion = 0 if api == "embeddings" else 56
    assert_charged(
        lane,
        api,
        ended,
        prompt=1234,
        completion=completion,
        source="provider",
        outcome="succeeded",
        http_status=200,
        streamed=streams,
    )


@pytest.mark.parametrize("status", [400, 404, 408, 409, 429, 500, 503, 529])
@ways
def test_a_providers_refusal_costs_nothing(lane, api, streams, status):
    ended = ask(lane, api, streams=streams, mock={"status": status})

    assert ended.answer.status == status
    assert set(json.loads(ended.text)["error"]) >= {"type", "message"}
    assert ended.stated == "0"
    assert len(lane.received) == 1
    assert_charged(
        lane,
        api,
        ended,
        prompt=0,
        completion=0,
        source="provider",
        outcome="failed",
        http_status=status,
        breakdown=[],
        attempts=[],
    )


@ways
def test_a_provider_that_is_not_there_costs_nothing(lane, api, streams):
    (port,) = free_ports(1)
    nowhere = provider(
        f"http://{LOOPBACK}:{port}/v1",
        id=f"prv_nowhere_{port}",
        name=f"nowhere-{port}",
        type=ProviderType.ANTHROPIC if api == "messages" else ProviderType.OPENAI,
    )
    lane.catalog.add_provider(nowhere)
    kind = ModelType.EMBEDDING if api == "embeddings" else ModelType.CHAT
    lane.catalog.add_model(model(f"lost-{port}", provider_id=nowhere.id, type=kind))

    ended = ask(lane, api, streams=streams, model=f"lost-{port}")

    assert (ended.answer.status, error_code(api, ended.text)) == (502, "provider_unavailable")
    assert "x-should-retry" not in ended.answer.headers
    assert_charged(
        lane, api, ended, prompt=0, completion=0, source="provider", outcome="failed", http_status=None
    )


@ways
def test_a_provider_that_answers_too_late_is_charged_for_what_it_was_sent(lane, api, streams):
    """A stream may be late with its first byte, any other answer as long as there is time at all."""
    late = {"timeouts": Timeouts(first_byte=0.1)} if streams else {"seconds": 0.3}
    ended = ask(lane, api, streams=streams, mock={"delay_headers_ms": 2000}, **late)

    assert (ended.answer.status, error_code(api, ended.text)) == (504, "provider_timeout")
    assert len(lane.received) == 1
    assert_charged(
        lane,
        api,
        ended,
        prompt=ESTIMATED[api],
        completion=0,
        source="estimated",
        outcome="failed",
        http_status=None,
        streamed=streams,
    )


@pytest.mark.parametrize("api", CALLS)
def test_an_answer_without_usage_is_charged_by_its_text(lane, api):
    ended = ask(lane, api, streams=False, mock={"no_usage": True})
    assert ended.answer.status == 200
    assert_charged(
        lane,
        api,
        ended,
        prompt=ESTIMATED[api],
        completion=tokens(text_of(api, json.loads(ended.text))),
        source="estimated",
        outcome="succeeded",
        http_status=200,
    )


@pytest.mark.parametrize("status", [401, 403])
@ways
def test_a_refusal_of_tollgates_own_credential_is_no_fault_of_the_clients_key(lane, api, streams, status):
    ended = ask(lane, api, streams=streams, mock={"status": status})

    assert (ended.answer.status, error_code(api, ended.text)) == (502, "provider_authentication")
    assert ended.answer.headers["x-should-retry"] == "false"
    assert_charged(
        lane, api, ended, prompt=0, completion=0, source="provider", outcome="failed", http_status=status
    )


@pytest.mark.parametrize("api", CALLS)
def test_an_answer_that_is_no_json_is_an_error_and_charged_by_the_text_that_came(lane, api):
    ended = ask(lane, api, streams=False, mock={"malformed_json": True})

    assert (ended.answer.status, error_code(api, ended.text)) == (502, "provider_unavailable")
    (record,) = lane.records
    # Half of an answer, of which the text is a part.
    assert record["completion_tokens"] < 40
    assert (record["completion_tokens"] > 0) == (api != "embeddings")
    assert_charged(
        lane,
        api,
        ended,
        prompt=ESTIMATED[api],
        completion=int(record["completion_tokens"]),
        source="estimated",
        outcome="failed",
        http_status=200,
    )


@pytest.mark.parametrize("api", CALLS)
def test_an_answer_that_breaks_off_is_an_error_and_charged_for_what_came(lane, api):
    ended = ask(lane, api, streams=False, mock={"cut_after_chunks": 1})

    assert (ended.answer.status, error_code(api, ended.text)) == (502, "provider_unavailable")
    (record,) = lane.records
    assert (record["completion_tokens"] > 0) == (api != "embeddings")
    assert_charged(
        lane,
        api,
        ended,
        prompt=ESTIMATED[api],
        completion=int(record["completion_tokens"]),
        source="estimated",
        outcome="failed",
        http_status=200,
    )


@streamed
def test_a_stream_without_usage_is_charged_by_its_pieces(lane, api):
    ended = ask(lane, api, streams=True, mock={"no_usage": True})
    pieces = pieces_of(api, ended.text)
    assert len(pieces) == 16
    assert_charged(
        lane,
        api,
        ended,
        prompt=ESTIMATED[api],
        completion=tokens(*pieces),
        source="estimated",
        outcome="succeeded",
        http_status=200,
    )


@streamed
def test_an_event_that_is_no_json_passes_and_the_rest_still_counts(lane, api):
    ended = ask(lane, api, streams=True, mock={"malformed_json": True, "completion_tokens": 9})
    assert_charged(
        lane,
        api,
        ended,
        prompt=REPORTED[api],
        completion=9,
        source="provider",
        outcome="succeeded",
        http_status=200,
    )


# How a stream stops after so many events, and the code of the error event by which the client hears of it;
# after an error of the provider's own it gets none of Tollgate's.
STOPS: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "cut before it began": ({"cut_after_chunks": 0}, {}, "provider_unavailable"),
    "cut after the first event": ({"cut_after_chunks": 1}, {}, "provider_unavailable"),
    "cut within the text": ({"cut_after_chunks": 8}, {}, "provider_unavailable"),
    "failed at once": ({"error_after_chunks": 0}, {}, None),
    "failed within the text": ({"error_after_chunks": 8}, {}, None),
    "endless": ({"endless": True}, {"seconds": 0.4}, "provider_timeout"),
    "silent": (
        {"delay_chunk_ms": 2000},
        {"timeouts": Timeouts(between_chunks=0.1)},
        "provider_timeout",
    ),
}


@pytest.mark.parametrize(("fault", "asked", "code"), STOPS.values(), ids=STOPS)
@streamed
def test_a_stream_that_stops_is_charged_for_what_came_and_says_so(lane, api, fault, asked, code):
    ended = ask(lane, api, streams=True, mock=fault, **asked)

    assert ended.answer.status == 200
    if code is not None:
        assert last_error_code(api, ended.text) == code
    else:
        assert ended.text.count("error") >= 1
        assert "upstream_error" not in ended.text
    pieces = pieces_of(api, ended.text)
    # Anthropic reports the prompt, and a first token, at the start of its streams.
    begun = api == "messages" and bool(events_of(ended.text)[0].get("message"))
    assert_charged(
        lane,
        api,
        ended,
        prompt=REPORTED[api] if begun else ESTIMATED[api],
        completion=tokens(*pieces) + begun,
        source="provider" if begun and not pieces else "estimated",
        outcome="failed",
        http_status=200,
        streamed=True,
    )


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_text_that_never_ends_is_not_charged_beyond_what_the_client_allowed(lane, api):
    """The provider goes on after the limit that it was given; that is not the client's to pay."""
    limit: dict[str, Any] = {"max_completion_tokens" if api == "chat" else "max_output_tokens": 5}
    ended = ask(lane, api, streams=True, mock={"endless": True}, seconds=0.4, **limit)
    assert len(pieces_of(api, ended.text)) > 5
    assert_charged(
        lane, api, ended, prompt=ESTIMATED[api], completion=5, source="estimated", outcome="failed"
    )


@streamed
def test_a_hard_budget_holds_though_a_provider_goes_on_for_ever(lanes, api):
    """The provider was given the limit that the money was enough for."""
    limit = Decimal("0.0005")
    lane = Lane(lanes, enforcement=Enforcement.HARD, budget_limit=str(limit))
    asked: dict[str, Any] = {"max_tokens": 300} if api == "messages" else {}

    ended = ask(lane, api, streams=True, mock={"endless": True}, seconds=0.4, **asked)

    assert last_error_code(api, ended.text) == "provider_timeout"
    (record,) = lane.records
    assert 0 < record["calculated_cost"] <= limit
    assert not record["exceeds_hold"]
    lane.assert_settled(str(record["calculated_cost"]), outcome="failed", usage_source="estimated")
