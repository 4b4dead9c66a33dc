"""A provider that keeps books of its own: what each request costs it at its true prices.

It reads requests as the laxest parser would (member names in any case, the last of several counts) and does
what they ask for: tiers, speeds, places, tools, searches, further models, images, caches. Its figures are
honest, so what a gateway charges must never be less than its books say.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import TYPE_CHECKING, Any

from tests.support.served_in_thread import served

if TYPE_CHECKING:
    from collections.abc import Iterator

# USD for 1M tokens of input, output, cached input, and writes to a cache for five minutes and an hour.
MODELS = {
    "plain": (Decimal(100), Decimal(1000), Decimal(10), Decimal(125), Decimal(200)),
    "dear": (Decimal(1000), Decimal(5000), Decimal(100), Decimal(1250), Decimal(2000)),
}
TIERS = {"flex": Decimal("0.5"), "priority": Decimal(2)}
SPEEDS = {"fast": Decimal(6)}
GEOS = {"us": Decimal("1.1")}
SEARCH = Decimal("0.01")
OUTPUT_LIMIT = 2000
CONTEXT = 20_000
IMAGE_TOKENS = 1500
STORED_TOKENS = 5000
# Of these, each is one token of any vocabulary; of everything else, each byte may be one.
WORDS = ("the", "and", "time", "people", "water", "house", "more", "about")
_WORD = re.compile(rf" ?\b(?:{'|'.join(WORDS)})\b")
_MESSAGE_TOKENS = 4
# By whatever name, wherever it stands: the largest is obeyed.
_LIMITS = (
    *("max_completion_tokens", "max_tokens", "max_output_tokens", "max_new_tokens", "num_predict"),
    *("n_predict", "max_gen_len", "max_tokens_to_sample", "maxnewtokens", "maxoutputtokens", "numpredict"),
)
_CHOICES = ("n", "best_of", "num_return_sequences", "candidate_count", "candidatecount", "n_cmpl")
_HOLDERS = ("options", "generation_config", "generationconfig", "parameters", "extra_body", "sampling_params")


def _numbers(body: dict[str, Any], names: tuple[str, ...]) -> list[int]:
    """What a request says by any of these names, itself or in what it holds."""
    found: list[int] = []
    pending = [body]
    while pending:
        holder = pending.pop()
        found += [value for name in names if type(value := holder.get(name)) is int]
        pending += [holder[name] for name in _HOLDERS if isinstance(holder.get(name), dict)]
    return found


def tokens_of(text: str) -> int:
    words = _WORD.findall(text)
    return len(words) + len(text.encode(errors="surrogatepass")) - sum(map(len, words))


def lax(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as Go's encoding/json reads it into a struct whose names are in lower case."""
    return {name.casefold(): value for name, value in pairs}


@dataclass
class ProviderBooks:
    """What the provider did for each request, by the number of its arrival."""

    random: Random
    costs: list[Decimal] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum(self.costs, Decimal(0))

    def serve(self, path: str, sent: bytes) -> dict[str, Any]:
        body = json.loads(sent, object_pairs_hook=lax)
        if path.endswith(("/count_tokens", "/input_tokens")):
            return {"input_tokens": _prompt_tokens(body)}  # which nobody bills
        self.requests.append(body)
        work = _Work.of(body, self.random)
        self.costs.append(work.cost)
        if path.endswith("/messages"):
            return work.message()
        return work.response() if path.endswith("/responses") else work.chat()


@dataclass(frozen=True)
class _Work:
    model: str
    prompt: int
    written: int
    written_1h: int
    completion: int
    searches: int
    tier: str | None
    speed: str | None
    geo: str | None
    echoes: bool

    @classmethod
    def of(cls, body: dict[str, Any], random: Random) -> _Work:
        asked = [body.get("model"), *_other_models(body)]
        known = [name for name in asked if name in MODELS]
        model = random.choice(known) if known else "plain"
        searches = _searches(body, random)
        prompt = _prompt_tokens(body)
        written, written_1h = _cache_writes(body, prompt)
        # What a search finds is read, too.
        prompt = min(prompt + searches * 500, CONTEXT * (1 + searches))
        limits = _numbers(body, _LIMITS)
        # Less than nothing is no limit, and one name that limits nothing is obeyed like the largest.
        most = OUTPUT_LIMIT if min(limits, default=-1) < 0 else min(max(limits), OUTPUT_LIMIT)
        choices = max(_numbers(body, _CHOICES), default=1)
        return cls(
            model=model,
            prompt=prompt,
            written=written,
            written_1h=written_1h,
            completion=random.randint(min(1, most), most) * (choices or 1),
            searches=searches,
            tier=body.get("service_tier") if body.get("service_tier") in TIERS else None,
            speed=body.get("speed") if body.get("speed") in SPEEDS else None,
            geo=body.get("inference_geo") if body.get("inference_geo") in GEOS else None,
            echoes=random.random() < 0.5,
        )

    @property
    def cost(self) -> Decimal:
        of_input, of_output, _, write, write_1h = MODELS[self.model]
        plain = self.prompt - self.written - self.written_1h
        tokens = plain * of_input + self.written * write + self.written_1h * write_1h
        tokens += self.completion * of_output
        factor = TIERS.get(self.tier or "", 1) * SPEEDS.get(self.speed or "", 1) * GEOS.get(self.geo or "", 1)
        return tokens * factor / 1_000_000 + self.searches * SEARCH

    def chat(self) -> dict[str, Any]:
        usage = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": self._written(),
            "server_tool_use": {"web_search_requests": self.searches},
        }
        message = {"role": "assistant", "content": "word " * 3}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "object": "chat.completion", "model": self.model, "choices": choices} | {
            "usage": usage,
            **self._served(),
        }

    def response(self) -> dict[str, Any]:
        text = {"type": "output_text", "text": "word " * 3, "annotations": []}
        output: list[dict[str, Any]] = [{"type": "message", "role": "assistant", "content": [text]}]
        found = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}
        usage = {
            "input_tokens": self.prompt,
            "output_tokens": self.completion,
            "input_tokens_details": self._written(),
        }
        return {"id": "resp_1", "object": "response", "status": "completed", "model": self.model} | {
            "output": [*[found] * self.searches, *output],
            "usage": usage,
            **self._served(),
        }

    def message(self) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "input_tokens": self.prompt - self.written - self.written_1h,
            "output_tokens": self.completion,
            "cache_creation_input_tokens": self.written + self.written_1h,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.written,
                "ephemeral_1h_input_tokens": self.written_1h,
            },
            "server_tool_use": {"web_search_requests": self.searches},
        }
        if self.echoes:
            usage |= {"speed": self.speed or "standard", "inference_geo": self.geo or "global"}
            usage["service_tier"] = "standard"
        content = [{"type": "text", "text": "word " * 3}]
        return {"id": "m", "type": "message", "role": "assistant", "model": self.model} | {
            "content": content,
            "stop_reason": "end_turn",
            "usage": usage,
        }

    def _written(self) -> dict[str, Any]:
        """What of a prompt was written to the cache, as OpenRouter and LiteLLM report it."""
        return {
            "cache_creation_tokens": self.written + self.written_1h,
            "cache_creation": {"ephemeral_1h_input_tokens": self.written_1h},
        }

    def _served(self) -> dict[str, Any]:
        return {"service_tier": self.tier or "default"} if self.echoes else {}


def _other_models(body: dict[str, Any]) -> list[Any]:
    named: list[Any] = []
    for member in ("fallbacks", "models"):
        listed = body.get(member)
        each_of = listed if isinstance(listed, list) else []
        named += [each.get("model") if isinstance(each, dict) else each for each in each_of]
    return named


def _searches(body: dict[str, Any], random: Random) -> int:
    """How often the provider searches: it does so whenever it may, and as often."""
    limits = []
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and str(tool.get("type")).startswith("web_search"):
            uses = tool.get("max_uses")
            limits.append(uses if isinstance(uses, int) else 10)
    if isinstance(body.get("web_search_options"), dict):
        limits.append(10)
    most = sum(limits)
    if isinstance(body.get("max_tool_calls"), int):
        most = min(most, body["max_tool_calls"])
    return random.randint(0, most) if most else 0


def _prompt_tokens(body: dict[str, Any]) -> int:
    tokens = 3
    for member in ("messages", "input", "system", "instructions"):
        tokens += _content_tokens(body.get(member))
    if body.get("tools"):
        tokens += tokens_of(json.dumps(body["tools"], ensure_ascii=False))
    return min(tokens, CONTEXT)


def _content_tokens(content: Any) -> int:
    if isinstance(content, str):
        return tokens_of(content)
    if isinstance(content, list):
        return sum(map(_content_tokens, content))
    if isinstance(content, dict):
        if content.get("type") in ("image_url", "image", "input_image") or "image_url" in content:
            return IMAGE_TOKENS
        if content.keys() == {"id"}:
            return STORED_TOKENS
        text = content.get("text")
        return _MESSAGE_TOKENS + _content_tokens(content.get("content")) + _content_tokens(text)
    return 0


def _cache_writes(body: dict[str, Any], prompt: int) -> tuple[int, int]:
    """All of a prompt is written to the cache if any part of it asks for that, for as long as one wants."""
    lifetimes = set(_lifetimes([body.get("messages"), body.get("system"), body.get("tools")]))
    lifetimes |= set(_lifetimes([{"cache_control": body.get("cache_control")}]))
    if "1h" in lifetimes:
        return 0, prompt
    return (prompt, 0) if lifetimes else (0, 0)


def _lifetimes(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, list):
            yield from _lifetimes(part)
        elif isinstance(part, dict):
            mark = part.get("cache_control")
            if isinstance(mark, dict):
                yield str(mark.get("ttl", "5m"))
            yield from _lifetimes([part.get("content")])


@contextmanager
def keeping_books(seed: int) -> Iterator[tuple[str, ProviderBooks]]:
    """The base URL of a provider, and its books."""
    books = ProviderBooks(Random(seed))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"]))
            content = json.dumps(books.serve(self.path.partition("?")[0], sent)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}/v1", books
