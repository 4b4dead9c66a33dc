"""POST /v1/messages and /v1/messages/count_tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.mock_provider.call import Call
from infra.mock_provider.errors import ApiError, anthropic_error
from infra.mock_provider.reply import Answer, Event, EventStream, Reply
from infra.mock_provider.text import arguments, count_prompt, pieces
from infra.mock_provider.usage import (
    Completion,
    anthropic_delta_usage,
    anthropic_start_usage,
    anthropic_usage,
    reported_prompt,
)

OVERLOADED = 529


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

    @classmethod
    def of(cls, call: Call) -> "Message":
        call.required("max_tokens")
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=_prompt_tokens(call),
            plan=Completion.plan(call.control, call.positive("max_tokens")),
            tool=next((tool["name"] for tool in call.tools()), None),
        )

    @property
    def stop_reason(self) -> str:
        if self.plan.truncated:
            return "max_tokens"
        return "tool_use" if self.tool else "end_turn"

    def whole(self) -> dict[str, Any]:
        text = "".join(self._text())
        block = {"type": "text", "text": text} if self.tool is None else self._tool_use({"text": text})
        return self._message([block], self.stop_reason) | self._usage(
            anthropic_usage(self.call.control, self.prompt_tokens, self.plan)
        )

    def events(self) -> Iterator[Event]:
        for fields in self._events():
            yield Event(fields, name=fields["type"])

    def _events(self) -> Iterator[dict[str, Any]]:
        start_usage = self._usage(anthropic_start_usage(self.call.control, self.prompt_tokens))
        yield {"type": "message_start", "message": self._message([], None) | start_usage}
        yield {"type": "content_block_start", "index": 0, "content_block": self._empty_block()}
        yield {"type": "ping"}
        for delta in self._deltas():
            yield {"type": "content_block_delta", "index": 0, "delta": delta}
        yield {"type": "content_block_stop", "index": 0}
        end_usage = self._usage(anthropic_delta_usage(self.call.control, self.prompt_tokens, self.plan))
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        yield {"type": "message_delta", "delta": delta, **end_usage}
        yield {"type": "message_stop"}

    def _deltas(self) -> Iterator[dict[str, Any]]:
        if self.tool is None:
            return ({"type": "text_delta", "text": piece} for piece in self._text())
        return ({"type": "input_json_delta", "partial_json": piece} for piece in arguments(self._text()))

    def _empty_block(self) -> dict[str, Any]:
        return {"type": "text", "text": ""} if self.tool is None else self._tool_use({})

    def _tool_use(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"type": "tool_use", "id": self.call.make_id("toolu_"), "name": self.tool, "input": arguments}

    def _text(self) -> Iterator[str]:
        return pieces(self.call.seed(), self.plan.visible)

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
