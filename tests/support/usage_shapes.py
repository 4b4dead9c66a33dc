"""Made-up usage, and how vendors would report it: the truth comes first, then a shape, a spelling, a framing.

Nothing here knows how reports are read. A shape puts figures where its vendor does, and leaves out those that
it can't say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

from tollgate.pricing.vendors import Vendor
from tollgate_proxy.apis import registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tollgate_proxy.apis.base import Api


@dataclass(frozen=True)
class Truth:
    """What a request used, in classes that don't overlap."""

    fresh: int
    read: int = 0
    written: int = 0
    written_1h: int = 0
    audio: int = 0
    output: int = 0
    reasoning: int = 0
    searches: int = 0
    others: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def tokens(self) -> dict[str, int]:
        classes = {
            "input": self.fresh,
            "cached_input": self.read,
            "cache_write": self.written,
            "cache_write_1h": self.written_1h,
            "input_audio": self.audio,
            "output": self.output,
            "reasoning": self.reasoning,
        }
        return {name: count for name, count in classes.items() if count}

    @property
    def prompt(self) -> int:
        return self.fresh + self.audio + self.read + self.written + self.written_1h

    @property
    def completion(self) -> int:
        return self.output + self.reasoning


Json = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """A vendor's way. `render` makes the usage object; `truth` leaves out what the shape has no place for."""

    api: Api
    truth: Callable[[Random], Truth]
    render: Callable[[Truth, Random], Json]
    vendor: Vendor = Vendor.OTHER
    model: str = "asked-model"


def tokens(random: Random, least: int = 1) -> int:
    return random.choice([least, random.randint(least, 300), random.randint(least, 60_000)])


def maybe(random: Random, share: float = 0.5) -> int:
    return tokens(random) if random.random() < share else 0


def _any(random: Random) -> Truth:
    return Truth(
        fresh=tokens(random),
        read=maybe(random),
        written=maybe(random, 0.3),
        output=tokens(random),
        reasoning=maybe(random),
        searches=random.choice([0, 0, 3]),
    )


READ_NAMES = [
    *("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens", "cache_read_input_tokens"),
    *("cache_read_tokens", "cached_input_tokens", "cachedTokens", "cacheReadInputTokens"),
]
WRITE_NAMES = ["cache_creation_input_tokens", "cache_write_tokens", "cacheWriteInputTokens"]
PROMPT_NAMES = [("prompt_tokens", "completion_tokens"), ("promptTokens", "completionTokens")]


def _nested(usage: Json, place: str, name: str, count: Json | int) -> None:
    usage.setdefault(place, {})[name] = count


def _put_cache(usage: Json, truth: Truth, random: Random, detail_places: list[str]) -> None:
    place = random.choice(detail_places)
    if truth.read:
        if random.random() < 0.5:
            _nested(usage, place, random.choice(["cached_tokens", "cache_read_tokens"]), truth.read)
        else:
            usage[random.choice(READ_NAMES)] = truth.read
    written = truth.written + truth.written_1h
    if not written:
        return
    match random.randrange(3):
        case 0:
            _nested(usage, place, random.choice(["cache_write_tokens", "cache_creation_tokens"]), written)
        case 1:
            usage[random.choice(WRITE_NAMES)] = written
        case 2:
            usage["cache_creation_input_tokens"] = written
            _nested(usage, place, "cache_creation_tokens", written)
    if truth.written_1h:
        ttl = {"ephemeral_5m_input_tokens": truth.written, "ephemeral_1h_input_tokens": truth.written_1h}
        _nested(usage, place, "cache_creation", ttl)


def _within(truth: Truth, random: Random) -> Json:
    """All is part of prompt and completion."""
    prompt, completion = random.choice(PROMPT_NAMES)
    usage: Json = {prompt: truth.prompt, completion: truth.completion}
    if random.random() < 0.7 or truth.written_1h:
        usage["total_tokens"] = truth.prompt + truth.completion
    place = random.choice(["prompt_tokens_details", "prompt_token_details", "input_tokens_details"])
    _put_cache(usage, truth, random, [place])
    if truth.audio:
        _nested(usage, place, "audio_tokens", truth.audio)
    if truth.reasoning:
        if random.random() < 0.7:
            _nested(usage, "completion_tokens_details", "reasoning_tokens", truth.reasoning)
        else:
            usage["reasoning_tokens"] = truth.reasoning
    if truth.searches:
        usage["server_tool_use"] = {"web_search_requests": truth.searches}
    return usage


def _beside(truth: Truth, random: Random) -> Json:
    """The cache and the reasoning lie beside, as only the total shows."""
    usage = _within(replace(truth, read=0, written=0, written_1h=0, reasoning=0), random)
    usage["total_tokens"] = truth.prompt + truth.completion
    _put_cache(usage, truth, random, ["prompt_tokens_details"])
    if truth.reasoning:
        _nested(usage, "completion_tokens_details", "reasoning_tokens", truth.reasoning)
    return usage


def _unmistakable(random: Random) -> Truth:
    """A truth in which no two sets of parts that may lie beside come to the same."""
    while True:
        truth = _any(random)
        parts = [part for part in (truth.read, truth.written, truth.reasoning) if part]
        sums = [sum(each) for each in chain(*(combinations(parts, size) for size in range(1, 4)))]
        if len(sums) == len(set(sums)):
            return truth


def _larger(truth: Truth, random: Random) -> Json:
    """What lies beside is larger than what it would be a part of; no total."""
    usage = {"prompt_tokens": truth.fresh, "completion_tokens": truth.output}
    if truth.read:
        usage[random.choice(READ_NAMES)] = truth.read
    if truth.reasoning:
        _nested(usage, "completion_tokens_details", "reasoning_tokens", truth.reasoning)
    return usage


def _with_larger_parts(random: Random) -> Truth:
    fresh, output = tokens(random), tokens(random)
    return Truth(
        fresh=fresh,
        read=random.choice([0, fresh + tokens(random)]),
        output=output,
        reasoning=random.choice([0, output + tokens(random)]),
    )


def _google(truth: Truth, random: Random) -> Json:
    """The total has the thoughts, named or not."""
    usage = _within(replace(truth, reasoning=0), random)
    usage["total_tokens"] = truth.prompt + truth.completion
    if truth.reasoning and random.random() < 0.5:
        _nested(usage, "completion_tokens_details", "reasoning_tokens", truth.reasoning)
    return usage


def _gemini(truth: Truth, random: Random) -> Json:
    usage = {"promptTokenCount": truth.prompt, "candidatesTokenCount": truth.output}
    if truth.read:
        usage["cachedContentTokenCount"] = truth.read
    if truth.reasoning:
        usage["thoughtsTokenCount"] = truth.reasoning
    if random.random() < 0.5:
        usage["totalTokenCount"] = truth.prompt + truth.completion
    return usage


def _perplexity(truth: Truth, random: Random) -> Json:
    citations = random.randint(0, truth.fresh - 1)
    usage = {"prompt_tokens": truth.fresh - citations, "completion_tokens": truth.output}
    usage["total_tokens"] = truth.fresh - citations + truth.output
    if citations:
        usage["citation_tokens"] = citations
    if truth.searches:
        usage["num_search_queries"] = truth.searches
    if truth.reasoning:
        usage["reasoning_tokens"] = truth.reasoning
    return usage


def _researched(random: Random) -> Truth:
    output = tokens(random)
    reasoning = output + tokens(random)
    return Truth(tokens(random), output=output, reasoning=reasoning, searches=random.randint(0, 90))


def _tool_reads(truth: Truth, random: Random) -> Json:
    """Reasoning is told, and what tools have read is seen in the total alone."""
    prompt = random.randint(1, truth.fresh)
    usage = {"prompt_tokens": prompt, "completion_tokens": truth.output}
    usage["total_tokens"] = truth.prompt + truth.completion
    _nested(usage, "completion_tokens_details", "reasoning_tokens", truth.reasoning)
    return usage


def _messages(truth: Truth, random: Random) -> Json:
    usage: Json = {"input_tokens": truth.fresh, "output_tokens": truth.completion}
    if truth.read:
        usage["cache_read_input_tokens"] = truth.read
    if truth.written_1h or (truth.written and random.random() < 0.5):
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": truth.written,
            "ephemeral_1h_input_tokens": truth.written_1h,
        }
    if (truth.written or truth.written_1h) and ("cache_creation" not in usage or random.random() < 0.7):
        usage["cache_creation_input_tokens"] = truth.written + truth.written_1h
    if truth.reasoning:
        usage["output_tokens_details"] = {"thinking_tokens": truth.reasoning}
    if truth.searches:
        usage["server_tool_use"] = {"web_search_requests": truth.searches, "web_fetch_requests": 1}
    return usage


def _with_hours(random: Random) -> Truth:
    return replace(_any(random), written_1h=maybe(random, 0.4))


def _iterated(truth: Truth, random: Random) -> Json:
    """Of several calls the top level has those of the model that answered, and no compaction."""
    compaction = (random.randint(0, truth.fresh - 1), random.randint(0, truth.output - 1))
    answered = replace(truth, fresh=truth.fresh - compaction[0], output=truth.output - compaction[1])
    top = _messages(answered, random)
    calls = [{"type": "message", **{name: top[name] for name in top if name != "server_tool_use"}}]
    if any(compaction):
        calls.insert(0, {"type": "compaction", "input_tokens": compaction[0], "output_tokens": compaction[1]})
    for model, (prompt, output) in truth.others.items():
        advice = {"type": "advisor_message", "model": model, "input_tokens": prompt, "output_tokens": output}
        calls.append(advice)
    return {**top, "iterations": calls}


def _advised(random: Random) -> Truth:
    others = {"adviser": (tokens(random), tokens(random))} if random.random() < 0.5 else {}
    return replace(_with_hours(random), others=others)


def _responses(truth: Truth, random: Random) -> Json:
    usage: Json = {"input_tokens": truth.prompt, "output_tokens": truth.completion}
    if random.random() < 0.7:
        usage["total_tokens"] = truth.prompt + truth.completion
    if truth.read:
        _nested(usage, "input_tokens_details", "cached_tokens", truth.read)
    if truth.written:
        _nested(usage, "input_tokens_details", "cache_write_tokens", truth.written)
    if truth.reasoning:
        _nested(usage, "output_tokens_details", "reasoning_tokens", truth.reasoning)
    if truth.searches:
        usage["server_side_tool_usage_details"] = {"web_search_calls": truth.searches}
    return usage


def _chatted(random: Random) -> Truth:
    return replace(_with_hours(random), audio=maybe(random, 0.3))


def _uncached(random: Random) -> Truth:
    return replace(
        _any(random), read=0, written=0, searches=0, fresh=tokens(random), reasoning=tokens(random)
    )


def _embedded(random: Random) -> Truth:
    return Truth(tokens(random))


SHAPES = {
    "all within": Shape(registry.CHAT, _chatted, _within),
    "beside, by the total": Shape(registry.CHAT, _unmistakable, _beside),
    "beside, by size": Shape(registry.CHAT, _with_larger_parts, _larger),
    "Google's compatible": Shape(
        registry.CHAT, lambda r: replace(_any(r), written=0), _google, Vendor.GOOGLE
    ),
    "xAI's": Shape(registry.CHAT, lambda r: replace(_any(r), written=0), _google, Vendor.XAI),
    "Google's own": Shape(registry.CHAT, lambda r: replace(_any(r), written=0, searches=0), _gemini),
    "Perplexity's": Shape(registry.CHAT, _researched, _perplexity),
    "what tools have read": Shape(registry.CHAT, _uncached, _tool_reads),
    "responses": Shape(registry.RESPONSES, _any, _responses),
    "messages": Shape(registry.MESSAGES, _with_hours, _messages),
    "messages of several calls": Shape(registry.MESSAGES, _advised, _iterated),
    "embeddings": Shape(
        registry.EMBEDDINGS,
        _embedded,
        lambda truth, random: random.choice(
            [{"total_tokens": truth.fresh}, {"prompt_tokens": truth.fresh, "total_tokens": truth.fresh}]
        ),
    ),
}


def spelt(value: Any, random: Random) -> Any:
    """The same figures, each written as an integer, a float, or in quotes."""
    if isinstance(value, dict):
        return {name: spelt(member, random) for name, member in value.items()}
    if isinstance(value, list):
        return [spelt(member, random) for member in value]
    if isinstance(value, int):
        return random.choice([value, value, float(value), str(value), f"{value}.0"])
    return value


def poorer(usage: Json, random: Random) -> Json:
    """An earlier or later report that tells less: some figures are missing, null, zero or no figures."""
    found: Json = {}
    for name, value in usage.items():
        odd = random.choice([None, 0, "", "-", -1, True, 1.5])
        if isinstance(value, dict):
            found[name] = random.choice([poorer(value, random), None, {}])
        elif random.random() < 0.8:
            found[name] = odd
    return found


def early(usage: Json, random: Random) -> Json:
    """A report before the last one, whose figures, smaller or larger, that one replaces."""
    return {
        name: max(1, int(value * random.choice([0.1, 0.5, 1, 3])))
        for name, value in usage.items()
        if isinstance(value, int)
    }


def swollen(value: Any, random: Random) -> Any:
    """Figures of which some are far larger than they can be, or none at all."""
    if isinstance(value, dict):
        return {name: swollen(member, random) for name, member in value.items()}
    if isinstance(value, list):
        return [swollen(member, random) for member in value]
    if isinstance(value, int):
        odd: list[Any] = [
            value,
            value * 10,
            value * 10**4,
            99_999_999,
            0,
            None,
            -1,
            "99999999",
            10**30,
            {},
            [value],
        ]
        return random.choice(odd)
    return value


def sse(events: list[Json]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
