"""Thousands of made-up reports, of any shape, spelling and framing, are read as what they were made from."""

from __future__ import annotations

import json
from random import Random

import pytest

from tests.support.usage_shapes import SHAPES, early, poorer, spelt, sse, swollen
from tollgate.ledger.plausibility import UsageBounds
from tollgate.pricing.usage import Usage, UsageSource
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import registry

REQUEST = {"model": "asked-model", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 100}
CASES = 400
TEXT = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello there"}}


def answered(shape, usage, random):
    """The whole answer."""
    match shape.api:
        case registry.CHAT:
            choice = {"index": 0, "message": {"content": "Hello there"}}
            where = random.randrange(3)
            if where == 0:
                return {"choices": [choice], "x_groq": {"usage": usage}}
            if where == 1:
                return {"choices": [{**choice, "usage": usage}]}
            return {"choices": [choice], "usage": usage}
        case registry.RESPONSES:
            return {
                "object": "response",
                "status": "completed",
                "output": [{"text": "Hello"}],
                "usage": usage,
            }
        case registry.MESSAGES:
            return {"type": "message", "content": [{"type": "text", "text": "Hello"}], "usage": usage}
    return {"object": "list", "data": [], "usage": usage}


def streamed(shape, usage, random):
    """The events of a stream, of whose reports the last full one counts."""
    before = [spelt(early(usage, random), random) for _ in range(random.randrange(3))]
    after = [poorer(usage, random)] if random.random() < 0.4 else []
    usage = spelt(usage, random)
    match shape.api:
        case registry.CHAT:
            text = {"choices": [{"index": 0, "delta": {"content": "Hello there"}}]}
            chunks = [{**text, "usage": each} for each in before]
            last = {"choices": [], "usage": usage}
            return [text, *chunks, text, last, *({"choices": [], "usage": each} for each in after)]
        case registry.RESPONSES:
            told = [*before, usage, *after]
            delta = {"type": "response.output_text.delta", "delta": "Hello there"}
            return [delta, *({"type": "response.in_progress", "response": {"usage": each}} for each in told)]
    told = [*(before or [poorer(usage, random)]), usage, *after]
    start, deltas = told[0], told[1:]
    return [
        {"type": "message_start", "message": {"usage": start}},
        TEXT,
        *({"type": "message_delta", "usage": each} for each in deltas),
        {"type": "message_stop"},
    ]


def made(shape, *, streams):
    habits = {"vendor": shape.vendor, "model": shape.model}
    if not streams:
        return JsonMeter(shape.api, REQUEST, **habits)
    return shape.api.stream_meter(REQUEST, hide_usage=True, **habits)


@pytest.mark.parametrize("name", SHAPES)
def test_what_was_used_is_what_is_read(name):
    for seed in range(CASES):
        check(SHAPES[name], Random(f"{name} {seed}"))


def check(shape, random):
    truth = shape.truth(random)
    usage = shape.render(truth, random)
    streams = shape.api is not registry.EMBEDDINGS and random.random() < 0.5
    made_up = streamed(shape, usage, random) if streams else answered(shape, spelt(usage, random), random)
    sent = sse(made_up) if streams else json.dumps(made_up).encode()
    meter = made(shape, streams=streams)
    border = random.randint(0, len(sent))
    for piece in (sent[:border], sent[border:]):
        meter.feed(piece)
    meter.finish()

    found = meter.usage()

    assert {each.value: count for each, count in found.tokens.items()} == truth.tokens, sent
    assert found.tool_calls == ({"web_search": truth.searches} if truth.searches else {}), sent
    others = {other.model: sorted(other.tokens.values()) for other in found.others}
    assert others == {model: sorted(used) for model, used in truth.others.items()}, sent
    assert (found.source, found.flags) == (UsageSource.PROVIDER, frozenset()), sent


HELD = UsageBounds(
    prompt_tokens=5000,
    completion_tokens=100,
    reasoning_tokens=50_000,
    hidden_prompt_tokens=2048,
    tool_calls={"web_search": 5},
    other_tool_calls=0,
    is_held=True,
)


@pytest.mark.parametrize("name", SHAPES)
def test_however_large_figures_are_a_hard_budget_pays_for_no_more_than_its_claim(name):
    shape = SHAPES[name]
    for seed in range(CASES):
        random = Random(f"swollen {name} {seed}")
        usage = swollen(shape.render(shape.truth(random), random), random)
        meter = made(shape, streams=False)
        meter.feed(json.dumps(answered(shape, usage, random)).encode())

        found = meter.usage(HELD)

        used = [found, *(Usage(other.tokens, UsageSource.PROVIDER) for other in found.others)]
        assert sum(each.prompt_tokens for each in used) <= 5000 + 2048, usage
        assert sum(each.completion_tokens for each in used) <= 100, usage
        assert found.tool_calls.get("web_search", 0) <= 5, usage
        assert used[0].total_tokens > 0 or found.others, usage
        assert all(count > 0 for each in used for count in each.tokens.values()), usage
