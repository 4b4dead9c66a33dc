"""Answers as vendors really give them: each is charged for what it says, however it says it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.support.answering_provider import AnsweringWorld, answer, answering, stored
from tests.support.gateway_world import Lane
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import UsageSource


class Right(NamedTuple):
    """What is right for an answer: what each line of its bill counts, and what the record says of it."""

    lines: dict[str, int]
    source: UsageSource = UsageSource.PROVIDER
    outcome: str = "succeeded"
    factor: str = "1"


PROVIDER, ESTIMATED = UsageSource.PROVIDER, UsageSource.ESTIMATED
# USD for 1M tokens, or for one call of a tool.
USD = {
    "input": 100,
    "input_audio": 100,
    "cached_input": 10,
    "cache_write": 125,
    "cache_write_1h": 200,
    "output": 1000,
    "reasoning": 1000,
}
# What "hi" and its role are estimated at.
SENT = 2

CASES: dict[str, tuple[str, dict[str, Any], Right]] = {
    "t1-cache-beside-prompt.json": ("chat", {}, Right({"input": 400, "cached_input": 10_000, "output": 20})),
    "t2-tool-results-in-total.json": (
        "chat",
        {},
        Right({"input": 18_150, "output": 1000, "reasoning": 1000}),
    ),
    "t3-senseless-total.json": ("chat", {"max_tokens": 100}, Right({"input": 10, "output": 20})),
    "c1-litellm-cache-writes.json": ("chat", {}, Right({"input": 20, "cache_write": 10_000, "output": 20})),
    "c2-mistral-num-cached.json": ("chat", {}, Right({"input": 32, "cached_input": 768, "output": 2})),
    "c3-only-nested-cache-creation.json": (
        "messages",
        {},
        Right({"input": 10, "cache_write": 1000, "cache_write_1h": 2000, "output": 5}),
    ),
    "c4-cached-larger-than-prompt.json": (
        "chat",
        {},
        Right({"input": 500, "cached_input": 700, "output": 10}),
    ),
    "c5-cached-images.json": ("chat", {}, Right({"input": 200, "cached_input": 24_800, "output": 100})),
    "c6-cached-audio.json": (
        "chat",
        {},
        Right({"input_audio": 300, "input": 200, "cached_input": 1000, "output": 20}),
    ),
    "z1-completion-null.sse": ("chat", {"stream": True}, Right({"input": 1000, "output": 6}, ESTIMATED)),
    "z2-completion-zero.json": ("chat", {}, Right({"input": 1000, "output": 500}, ESTIMATED)),
    "z3-responses-output-zero.json": ("responses", {}, Right({"input": 1000, "output": 500}, ESTIMATED)),
    "z4-prompt-zero.json": ("chat", {}, Right({"input": 2, "output": 5000}, ESTIMATED)),
    "p1-whole-floats.json": ("chat", {}, Right({"input": 1000, "output": 50})),
    "p2-numbers-as-strings.json": ("chat", {}, Right({"input": 1000, "output": 50})),
    "p3-kimi-usage-in-choice.sse": (
        "chat",
        {"stream": True},
        Right({"input": 20, "cached_input": 1280, "output": 30}),
    ),
    "p4-voyage-total-only.json": ("embeddings", {}, Right({"input": 800})),
    "p5-other-names.json": ("chat", {}, Right({"input": 1000, "output": 50})),
    "p6-cached-as-string.json": ("chat", {}, Right({"input": 100, "cached_input": 900, "output": 50})),
    "r1-reasoning-beside-without-total.json": (
        "chat",
        {},
        Right({"input": 100, "output": 200, "reasoning": 1900}),
    ),
    "r2-perplexity.json": (
        "chat",
        {},
        Right({"input": 7100, "output": 3000, "reasoning": 70_000, "tool:web_search": 70}),
    ),
    "i1-compaction.json": ("messages", {}, Right({"input": 200_000, "output": 4000})),
    "d1-delta-corrects-start.sse": (
        "messages",
        {"stream": True},
        Right({"input": 900, "cached_input": 6100, "output": 6}),
    ),
    "m1-fast-mode.json": ("messages", {"speed": "fast"}, Right({"input": 1000, "output": 50}, factor="6")),
    "m2-inference-geo.json": (
        "messages",
        {"inference_geo": "us"},
        Right({"input": 1000, "output": 50}, factor="1.1"),
    ),
    "m3-tier-not-echoed.json": (
        "chat",
        {"service_tier": "priority"},
        Right({"input": 1000, "output": 50}, factor="2"),
    ),
    "s1-no-content-type.http": ("chat", {"stream": True}, Right({"input": 1000, "output": 50})),
    "s2-text-plain.http": ("chat", {"stream": True}, Right({"input": 10, "output": 100})),
    "s3-single-newlines.sse": ("chat", {"stream": True}, Right({"input": 1000, "output": 50})),
    "s4-undeclared-gzip.http": ("chat", {}, Right({"input": 1000, "output": 50})),
    "o6-response-failed.json": (
        "responses",
        {},
        Right({"input": 100, "output": 28}, PROVIDER, "failed"),
    ),
    "e1-truncated-close.http": (
        "chat",
        {"stream": True},
        Right({"input": SENT, "output": 6}, ESTIMATED, "failed"),
    ),
    "e2-truncated-chunked.sse": (
        "chat",
        {"stream": True},
        Right({"input": SENT, "output": 6}, ESTIMATED, "failed"),
    ),
    "e3-bare-error-line.sse": (
        "chat",
        {"stream": True},
        Right({"input": SENT, "output": 6}, ESTIMATED, "failed"),
    ),
}
# Answers that are none: nothing came of them, so nothing but what was sent may be charged.
NO_ANSWERS: dict[str, dict[str, Any]] = {
    "o1-200-html.http": {},
    "o2-200-error.json": {},
    "o3-200-empty.http": {},
    "o4-empty-stream.http": {"stream": True},
    "o5-no-choices.json": {},
}


@pytest.fixture(scope="module")
def answers(lanes) -> Any:
    yield from answering(lanes)


@pytest.fixture
def provider(answers, lanes) -> AnsweringWorld:
    """The module's provider, asked by a key of its own without a limit."""
    return AnsweringWorld(Lane(lanes, budget_limit=None), answers.server)


def completion(**members: Any) -> bytes:
    made = {
        "choices": [{"index": 0, "message": {"content": "word " * 40}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 50},
    }
    return json.dumps({**made, **members}).encode()


# What Python's own parser refuses, or what resembles an error: clients read it, or its provider bills it.
HARD_TO_READ: dict[str, tuple[bytes, int]] = {
    "a number without end": (completion(created="9").replace(b'"9"', b"9" * 6000), 200),
    "no UTF-8": (completion().replace(b"word", b"w\xc3rd"), 200),
    "deep nesting": (completion(deep="-").replace(b'"-"', b"[" * 20_000 + b"]" * 20_000), 200),
    "an error of nothing": (completion(error={"message": "", "type": "", "code": None}), 200),
    "control characters": (completion().replace(b"word", b"wo\nrd"), 502),
    "something behind it": (completion() + b"<br/>", 502),
    "a list": (b"[" + completion() + b"]", 502),
}


@pytest.mark.parametrize("name", HARD_TO_READ)
def test_what_is_hard_to_read_is_charged_as_its_provider_bills_it(provider, name):
    content, status = HARD_TO_READ[name]
    provider.put(answer(content, {"content-type": "application/json"}))

    given = provider.ask("chat")

    (record,) = provider.world.assert_all_settled(1)
    assert given.status == status
    assert lines_of(record) == {"input": 1000, "output": 50}
    assert record["usage_source"] == PROVIDER


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("chat", {"service_tier": "fast"}),
        ("messages", {"usage": {"input_tokens": 1, "output_tokens": 100, "speed": "fast"}}),
        ("responses", {"service_tier": "fast"}),
    ],
)
def test_a_tier_that_nobody_asked_for_takes_no_hard_budget_over_its_limit(answers, lanes, api, said):
    """Its whole budget is held for an output that is then said to have been made six times as dear."""
    provider = AnsweringWorld(Lane(lanes, budget_limit="0.25", enforcement=Enforcement.HARD), answers.server)
    text = {"type": "output_text", "text": "word"}
    shapes: dict[str, dict[str, Any]] = {
        "chat": {"choices": [{"message": {"content": "word"}, "finish_reason": "stop"}]},
        "messages": {"type": "message", "content": [{"type": "text", "text": "word"}]},
        "responses": {"object": "response", "status": "completed"}
        | {"output": [{"type": "message", "content": [text]}]},
    }
    usage = {"usage": {"prompt_tokens": 1, "completion_tokens": 100}}
    content = json.dumps({**shapes[api], **usage, **said}).encode()
    provider.put(answer(content, {"content-type": "application/json"}))
    limits = {"responses": "max_output_tokens"}

    provider.ask(api, **{limits.get(api, "max_tokens"): 100})

    (record,) = provider.world.assert_all_settled(1)
    assert record["calculated_cost"] == Decimal("0.1001")
    assert "tier_implausible" in record["usage_flags"]


def lines_of(record: dict[str, Any]) -> dict[str, int]:
    return {line["item"]: int(line["quantity"]) for line in record["breakdown"]}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_charged_for_what_it_says(provider, name):
    api, changes, right = CASES[name]
    provider.put(stored(name))

    given = provider.ask(api, **changes)

    (record,) = provider.world.assert_all_settled(1)
    assert given.status == 200
    assert lines_of(record) == right.lines
    assert record["usage_source"] == right.source
    assert record["outcome"] == right.outcome
    tokens = sum(count * USD[item] for item, count in right.lines.items() if item in USD)
    searches = right.lines.get("tool:web_search", 0) * Decimal("0.01")
    assert record["calculated_cost"] == Decimal(tokens) / 1_000_000 * Decimal(right.factor) + searches


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_an_answer_that_is_none_has_failed_and_has_no_output(provider, name):
    provider.put(stored(name))

    given = provider.ask("chat", **NO_ANSWERS[name])

    (record,) = provider.world.assert_all_settled(1)
    assert record["outcome"] == "failed"
    assert lines_of(record).keys() <= {"input"}
    assert given.status == 502
    assert json.loads(given.text)["error"]["code"] == "provider_unavailable"


@pytest.mark.parametrize("name", [*NO_ANSWERS, "e1-truncated-close.http", "e3-bare-error-line.sse"])
def test_what_has_failed_is_not_repeated(provider, name):
    changes = NO_ANSWERS.get(name, {"stream": True})
    headers = {"idempotency-key": "once"}
    provider.put(stored(name))
    provider.ask("chat", headers=headers, **changes)
    provider.put(stored("s1-no-content-type.http" if changes else "p1-whole-floats.json"))

    again = provider.ask("chat", headers=headers, **changes)

    assert again.status == 200
    assert "x-tollgate-replayed-request-id" not in again.headers
    assert [record["outcome"] for record in sorted(provider.world.records, key=_by_id)] == [
        "failed",
        "succeeded",
    ]


def _by_id(record: dict[str, Any]) -> str:
    return record["request_id"]


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_answer_takes_a_hard_budget_over_its_limit(answers, lanes, name):
    api, changes, _ = CASES[name]
    provider = AnsweringWorld(Lane(lanes, budget_limit="1", enforcement=Enforcement.HARD), answers.server)
    provider.put(stored(name))
    if api == "messages":
        changes = {**changes, "max_tokens": 100}

    provider.ask(api, **changes)

    assert provider.world.scope.budget_used <= 1
    assert provider.world.scope.holds == {}


def test_a_client_that_did_not_ask_for_usage_gets_no_chunk_without_choices(provider):
    provider.put(stored("h1-usage-chunk-of-zeros.sse"))

    given = provider.ask("chat", stream=True)

    data = [line.removeprefix("data: ") for line in given.text.splitlines() if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    assert all(json.loads(each)["choices"] for each in data[:-1])


def test_a_limit_of_minus_one_reaches_the_provider(provider):
    provider.put(stored("p1-whole-floats.json"))

    assert provider.ask("chat", max_tokens=-1).status == 200
    assert json.loads(provider.server.requests[-1][2])["max_tokens"] == -1


def test_a_limit_of_minus_one_counts_as_none_on_a_hard_budget(answers, lanes):
    provider = AnsweringWorld(Lane(lanes, budget_limit="1", enforcement=Enforcement.HARD), answers.server)
    provider.put(stored("p1-whole-floats.json"))

    assert provider.ask("chat", max_tokens=-1).status == 200
    sent = json.loads(provider.server.requests[-1][2])
    assert all(sent.get(name, 1) > 0 for name in ("max_tokens", "max_completion_tokens"))
    assert any(name in sent for name in ("max_tokens", "max_completion_tokens"))


def test_a_prompt_cache_is_warmed_without_any_output(provider):
    case = json.loads(stored("q2-messages-max-tokens-zero.json").partition(b"\r\n\r\n")[2])
    provider.put(answer(json.dumps(case["answer"]).encode(), {"content-type": "application/json"}))

    assert provider.ask("messages", max_tokens=0).status == 200
    (record,) = provider.world.assert_all_settled(1)
    assert lines_of(record) == {"input": 10, "cache_write": 5000}
