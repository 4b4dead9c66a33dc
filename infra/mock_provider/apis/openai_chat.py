"""POST /v1/chat/completions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.mock_provider.apis.mock_usage import Completion, chat_usage
from infra.mock_provider.apis.structured import fitting, schema_of
from infra.mock_provider.call import CREATED, Call
from infra.mock_provider.provider_faults import SERVER_ERROR, ApiError, openai_error
from infra.mock_provider.reply import Answer, Event, EventStream, Reply
from infra.mock_provider.text import count_prompt, pieces

# What the service_tier of an answer says if the request's says otherwise.
SERVED_TIERS = {None: "default", "auto": "default", "fast": "priority"}


def create_chat_completion(call: Call) -> Reply:
    chat = Chat.of(call)
    if not call.streamed:
        return Answer(chat.completion())
    failure = openai_error(ApiError(SERVER_ERROR, code=call.control.error_code))
    return EventStream(chat.events(), lambda _sent: [Event(failure)])


def served_tier(call: Call) -> str | None:
    tier = call.body.get("service_tier")
    return SERVED_TIERS.get(tier, tier)


@dataclass(frozen=True)
class Chat:
    call: Call
    model: str
    prompt_tokens: int
    choices: int
    plan: Completion
    called: tuple[str, ...]
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, call: Call) -> "Chat":
        limit = call.positive("max_completion_tokens") or call.positive("max_tokens")
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=count_prompt(call.messages()),
            choices=call.positive("n") or 1,
            plan=Completion.plan(call.control, limit),
            called=call.called(),
            schema=schema_of(call.body.get("response_format")),
        )

    @property
    def finish_reason(self) -> str:
        if self.plan.truncated:
            return "length"
        return "tool_calls" if self.called else "stop"

    def completion(self) -> dict[str, Any]:
        body = {
            **self._envelope("chat.completion"),
            "choices": [
                {
                    "index": choice,
                    "message": self._message(choice),
                    "logprobs": None,
                    "finish_reason": self.finish_reason,
                }
                for choice in range(self.choices)
            ],
        }
        return body if self.call.control.no_usage else {**body, "usage": self._usage()}

    def events(self) -> Iterator[Event]:
        """Chunks, the choices' interleaved, then the usage if asked for and [DONE]."""
        options = self.call.body.get("stream_options") or {}
        with_usage = options.get("include_usage") is True and not self.call.control.no_usage
        envelope = self._envelope("chat.completion.chunk")
        unreported = {"usage": None} if with_usage else {}
        for choice, delta, finish_reason in self._deltas():
            chunk = {"index": choice, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
            yield Event({**envelope, "choices": [chunk], **unreported})
        if with_usage:
            yield Event({**envelope, "choices": [], "usage": self._usage()})
        yield Event("[DONE]")

    def _deltas(self) -> Iterator[tuple[int, dict[str, Any], str | None]]:
        every = range(self.choices)
        for choice in every:
            yield choice, self._first_delta(choice), None
        for place in range(max(len(self.called), 1)):
            if place:
                for choice in every:
                    yield (
                        choice,
                        {"tool_calls": [{"index": place, **self._tool_call(choice, place, "")}]},
                        None,
                    )
            for parts in zip(*(self._pieces(choice) for choice in every), strict=True):
                for choice, part in enumerate(parts):
                    yield choice, self._delta(part, place), None
        for choice in every:
            yield choice, {}, self.finish_reason

    def _first_delta(self, choice: int) -> dict[str, Any]:
        if not self.called:
            return {"role": "assistant", "content": "", "refusal": None}
        call = {"index": 0, **self._tool_call(choice, 0, "")}
        return {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None}

    def _delta(self, part: str, place: int) -> dict[str, Any]:
        if not self.called:
            return {"content": part}
        return {"tool_calls": [{"index": place, "function": {"arguments": part}}]}

    def _message(self, choice: int) -> dict[str, Any]:
        text = "".join(self._pieces(choice))
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if self.called:
            calls = [self._tool_call(choice, place, text) for place in range(len(self.called))]
            message |= {"content": None, "tool_calls": calls}
        return message

    def _tool_call(self, choice: int, place: int, text: str) -> dict[str, Any]:
        function = {"name": self.called[place], "arguments": text}
        made = self.call.make_id("call_", choice + self.choices * place)
        return {"id": made, "type": "function", "function": function}

    def _pieces(self, choice: int) -> Iterator[str]:
        text = pieces(self.call.seed(choice), self.plan.visible)
        if self.called:
            return self.call.arguments(text)
        return text if self.schema is None or self.plan.endless else fitting(self.schema, text)

    def _usage(self) -> dict[str, Any]:
        return chat_usage(self.call.control, self.prompt_tokens, self.plan, self.choices)

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.call.make_id("chatcmpl-"),
            "object": kind,
            "created": CREATED,
            "model": self.model,
            "service_tier": served_tier(self.call),
            "system_fingerprint": "fp_mock",
        }
