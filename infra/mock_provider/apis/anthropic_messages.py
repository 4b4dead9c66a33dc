"""POST /v1/messages and /v1/messages/count_tokens."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
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
from infra.mock_provider.text import arguments, count_prompt, pieces

OVERLOADED = 529
THINKING = ("enabled", "adaptive")


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
    tool: str | None
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, call: Call) -> "Message":
        call.required("max_tokens")
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=_prompt_tokens(call),
            plan=Completion.plan(call.control, call.positive("max_tokens")),
            tool=next((tool["name"] for tool in call.tools()), None),
            schema=schema_of((call.body.get("output_config") or {}).get("format")),
        )

    @property
    def stop_reason(self) -> str:
        if self.plan.truncated:
            return "max_tokens"
        return "tool_use" if self.tool else "end_turn"

    def whole(self) -> dict[str, Any]:
        text = "".join(self._text())
        block = {"type": "text", "text": text} if self.tool is None else self._tool_use({"text": text})
        blocks = [self._thought("".join(self._thoughts()), self._signature()), block]
        return self._message(blocks if self.thinks else [block], self.stop_reason) | self._usage(
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
        yield self._empty_block(), self._deltas()

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
        return self.call.make_id("signature_")

    def _deltas(self) -> Iterator[dict[str, Any]]:
        if self.tool is None:
            return ({"type": "text_delta", "text": piece} for piece in self._text())
        return ({"type": "input_json_delta", "partial_json": piece} for piece in arguments(self._text()))

    def _empty_block(self) -> dict[str, Any]:
        return {"type": "text", "text": ""} if self.tool is None else self._tool_use({})

    def _tool_use(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"type": "tool_use", "id": self.call.make_id("toolu_"), "name": self.tool, "input": arguments}

    def _text(self) -> Iterator[str]:
        text = pieces(self.call.seed(), self.plan.visible)
        if self.schema is None or self.tool is not None or self.plan.endless:
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
