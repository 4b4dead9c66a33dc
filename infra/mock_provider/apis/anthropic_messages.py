"""POST /v1/messages and /v1/messages/count_tokens."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from typing import Any

from infra.mock_provider.apis.mock_usage import (
    Completion,
    anthropic_delta_usage,
    anthropic_start_usage,
    anthropic_usage,
    reported_prompt,
)
from infra.mock_provider.apis.structured import fitting, schema_of
from infra.mock_provider.call import Call
from infra.mock_provider.provider_faults import ApiError, anthropic_error
from infra.mock_provider.reply import Answer, Event, EventStream, Reply
from infra.mock_provider.text import count_prompt, pieces

OVERLOADED = 529
THINKING = ("enabled", "adaptive")
# Enough of a thought to be told from others, as some have no end.
SIGNED_PIECES = 1000


def create_message(call: Call) -> Reply:
    message = Message.of(call)
    if not call.streamed:
        return Answer(message.whole())
    failure = anthropic_error(ApiError(OVERLOADED, code=call.control.error_code))
    return EventStream(message.events(), lambda _sent: [Event(failure, name="error")])


def count_message_tokens(call: Call) -> Answer:
    call.required("model")
    return Answer({"input_tokens": reported_prompt(call.control, _prompt_tokens(call))})


def _prompt_tokens(call: Call) -> int:
    return count_prompt([call.body.get("system"), *call.messages()])


@dataclass(frozen=True)
class Message:
    call: Call
    model: str
    prompt_tokens: int
    plan: Completion
    called: tuple[str, ...]
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, call: Call) -> "Message":
        call.required("max_tokens")
        _require_own_thoughts(call)
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=_prompt_tokens(call),
            plan=Completion.plan(call.control, call.positive("max_tokens")),
            called=call.called(),
            schema=schema_of((call.body.get("output_config") or {}).get("format")),
        )

    @property
    def stop_reason(self) -> str:
        if self.plan.truncated:
            return "max_tokens"
        return "tool_use" if self.called else "end_turn"

    def whole(self) -> dict[str, Any]:
        text = "".join(self._text())
        blocks = [{"type": "text", "text": text}]
        if self.called:
            given = json.loads("".join(self.call.arguments([text])))
            blocks = [self._tool_use(place, given) for place in range(len(self.called))]
        if self.thinks:
            blocks.insert(0, self._thought("".join(self._thoughts()), self._signature()))
        return self._message(blocks, self.stop_reason) | self._usage(
            anthropic_usage(self.call.control, self.prompt_tokens, self.plan)
        )

    def events(self) -> Iterator[Event]:
        for fields in self._events():
            yield Event(fields, name=fields["type"])

    def _events(self) -> Iterator[dict[str, Any]]:
        start_usage = self._usage(anthropic_start_usage(self.call.control, self.prompt_tokens))
        yield {"type": "message_start", "message": self._message([], None) | start_usage}
        for index, (empty, deltas) in enumerate(self._blocks()):
            yield {"type": "content_block_start", "index": index, "content_block": empty}
            if index == 0:
                yield {"type": "ping"}
            for delta in deltas:
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        end_usage = self._usage(anthropic_delta_usage(self.call.control, self.prompt_tokens, self.plan))
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        yield {"type": "message_delta", "delta": delta, **end_usage}
        yield {"type": "message_stop"}

    def _blocks(self) -> Iterator[tuple[dict[str, Any], Iterable[dict[str, Any]]]]:
        """Each block as it begins, and what follows of it."""
        if self.thinks:
            thoughts = ({"type": "thinking_delta", "thinking": piece} for piece in self._thoughts())
            signature = {"type": "signature_delta", "signature": self._signature()}
            yield self._thought("", ""), chain(thoughts, [signature])
        if not self.called:
            yield (
                {"type": "text", "text": ""},
                ({"type": "text_delta", "text": each} for each in self._text()),
            )
        for place in range(len(self.called)):
            given = self.call.arguments(self._text())
            yield (
                self._tool_use(place, {}),
                ({"type": "input_json_delta", "partial_json": each} for each in given),
            )

    @property
    def thinks(self) -> bool:
        """Whether its thoughts are shown: they are there, and the request has switched them on."""
        thinking = self.call.body.get("thinking") or {}
        return self.plan.reasoning > 0 and thinking.get("type") in THINKING

    def _thought(self, text: str, signature: str) -> dict[str, Any]:
        return {"type": "thinking", "thinking": text, "signature": signature}

    def _thoughts(self) -> Iterator[str]:
        return pieces(f"{self.call.seed()}/thinking", self.plan.reasoning)

    def _signature(self) -> str:
        return signature_of("".join(islice(self._thoughts(), SIGNED_PIECES)))

    def _tool_use(self, place: int, given: dict[str, Any]) -> dict[str, Any]:
        made = self.call.make_id("toolu_", place)
        return {"type": "tool_use", "id": made, "name": self.called[place], "input": given}

    def _text(self) -> Iterator[str]:
        text = pieces(self.call.seed(), self.plan.visible)
        if self.schema is None or self.called or self.plan.endless:
            return text
        return fitting(self.schema, text)

    def _usage(self, usage: dict[str, Any]) -> dict[str, Any]:
        return {} if self.call.control.no_usage else {"usage": usage}

    def _message(self, content: list[dict[str, Any]], stop_reason: str | None) -> dict[str, Any]:
        return {
            "id": self.call.make_id("msg_"),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": None,
        }


def signature_of(thoughts: str) -> str:
    return "signature_" + sha256(thoughts.encode()).hexdigest()[:24]


def _require_own_thoughts(call: Call) -> None:
    """Raises ApiError for thoughts that the mock hasn't had itself, or that were changed since."""
    for message in call.messages():
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            thoughts = block.get("thinking") if block.get("type") == "thinking" else None
            if thoughts is not None and block.get("signature") != signature_of(thoughts):
                raise ApiError(400, "messages: Invalid `signature` in `thinking` block", param="messages")
