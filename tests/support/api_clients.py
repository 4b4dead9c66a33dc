"""The same things asked through three SDKs' APIs, and their answers in the same words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "legs": {"type": "integer"}},
    "required": ["name", "legs"],
    "additionalProperties": False,
}
ARGUMENTS = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TOOLS = ("look_up", "translate")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LIMIT = 4000


@dataclass(frozen=True)
class Told:
    """An answer: `kept` is what of it goes back when the conversation goes on."""

    text: str
    calls: tuple[tuple[str, str, dict[str, Any]], ...]
    thought: bool
    stop: str
    prompt_tokens: int
    output_tokens: int
    kept: list[Any] = field(default_factory=list)


class Conversing(Protocol):
    """An SDK's way to talk. `turns` are what was said before, as its API writes it."""

    def user(self, text: str, image: str | None = None) -> Any: ...

    def results(self, told: Told, text: str) -> list[Any]: ...

    def ask(self, model: str, turns: list[Any], *, streams: bool, **wishes: bool) -> Told: ...


@dataclass(frozen=True)
class Chat:
    client: Any

    def user(self, text: str, image: str | None = None) -> Any:
        if image is None:
            return {"role": "user", "content": text}
        url = {"url": f"data:image/png;base64,{image}"}
        return {
            "role": "user",
            "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": url}],
        }

    def results(self, told: Told, text: str) -> list[Any]:
        return [{"role": "tool", "tool_call_id": call[0], "content": text} for call in told.calls]

    def ask(self, model: str, turns: list[Any], *, streams: bool, **wishes: bool) -> Told:
        request: dict[str, Any] = {"model": model, "messages": turns, "max_completion_tokens": LIMIT}
        if wishes.get("tools"):
            request["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": ARGUMENTS}} for name in TOOLS
            ]
        if wishes.get("structured"):
            wanted = {"name": "animal", "schema": SCHEMA, "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": wanted}
        if wishes.get("thinking"):
            request["reasoning_effort"] = "high"
        completion = self._streamed(request) if streams else self.client.chat.completions.create(**request)
        (choice,) = completion.choices
        message = choice.message
        calls = tuple(
            (call.id, call.function.name, json.loads(call.function.arguments))
            for call in message.tool_calls or ()
        )
        kept = message.model_dump(exclude_none=True, exclude={"parsed", "refusal", "annotations"})
        for call in kept.get("tool_calls", ()):
            call.get("function", {}).pop("parsed_arguments", None)
            call.pop("index", None)
        return Told(
            message.content or "",
            calls,
            bool(getattr(message, "reasoning_content", None)),
            choice.finish_reason,
            completion.usage.prompt_tokens,
            completion.usage.completion_tokens,
            [kept],
        )

    def _streamed(self, request: dict[str, Any]) -> Any:
        wanted = {"stream_options": {"include_usage": True}}
        with self.client.chat.completions.stream(**request, **wanted) as stream:
            return stream.get_final_completion()


@dataclass(frozen=True)
class Responses:
    client: Any

    def user(self, text: str, image: str | None = None) -> Any:
        if image is None:
            return {"role": "user", "content": text}
        url = f"data:image/png;base64,{image}"
        return {
            "role": "user",
            "content": [
                {"type": "input_text", "text": text},
                {"type": "input_image", "image_url": url, "detail": "auto"},
            ],
        }

    def results(self, told: Told, text: str) -> list[Any]:
        return [{"type": "function_call_output", "call_id": call[0], "output": text} for call in told.calls]

    def ask(self, model: str, turns: list[Any], *, streams: bool, **wishes: bool) -> Told:
        request: dict[str, Any] = {"model": model, "input": turns, "max_output_tokens": LIMIT, "store": False}
        if wishes.get("tools"):
            request["tools"] = [
                {"type": "function", "name": name, "parameters": ARGUMENTS, "strict": False} for name in TOOLS
            ]
        if wishes.get("structured"):
            request["text"] = {
                "format": {"type": "json_schema", "name": "animal", "schema": SCHEMA, "strict": True}
            }
        if wishes.get("thinking"):
            request |= {
                "reasoning": {"effort": "high", "summary": "auto"},
                "include": ["reasoning.encrypted_content"],
            }
        response = self._streamed(request) if streams else self.client.responses.create(**request)
        calls = tuple(
            (item.call_id, item.name, json.loads(item.arguments))
            for item in response.output
            if item.type == "function_call"
        )
        kept = [
            item.model_dump(exclude_none=True, exclude={"parsed_arguments", "status"})
            for item in response.output
        ]
        return Told(
            response.output_text,
            calls,
            any(item.type == "reasoning" for item in response.output),
            response.status,
            response.usage.input_tokens,
            response.usage.output_tokens,
            kept,
        )

    def _streamed(self, request: dict[str, Any]) -> Any:
        with self.client.responses.stream(**request) as stream:
            return stream.get_final_response()


@dataclass(frozen=True)
class Messages:
    client: Any

    def user(self, text: str, image: str | None = None) -> Any:
        if image is None:
            return {"role": "user", "content": text}
        source = {"type": "base64", "media_type": "image/png", "data": image}
        return {
            "role": "user",
            "content": [{"type": "text", "text": text}, {"type": "image", "source": source}],
        }

    def results(self, told: Told, text: str) -> list[Any]:
        blocks = [{"type": "tool_result", "tool_use_id": call[0], "content": text} for call in told.calls]
        return [{"role": "user", "content": blocks}]

    def ask(self, model: str, turns: list[Any], *, streams: bool, **wishes: bool) -> Told:
        request: dict[str, Any] = {"model": model, "messages": turns, "max_tokens": LIMIT}
        if wishes.get("tools"):
            request["tools"] = [{"name": name, "input_schema": ARGUMENTS} for name in TOOLS]
        if wishes.get("structured"):
            request["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        if wishes.get("thinking"):
            request["thinking"] = {"type": "enabled", "budget_tokens": 1024}
        message = self._streamed(request) if streams else self.client.messages.create(**request)
        usage = message.usage
        prompt = usage.input_tokens + (usage.cache_read_input_tokens or 0)
        kept = [block.model_dump(exclude_none=True, exclude={"parsed_output"}) for block in message.content]
        return Told(
            "".join(block.text for block in message.content if block.type == "text"),
            tuple(
                (block.id, block.name, block.input) for block in message.content if block.type == "tool_use"
            ),
            any(block.type == "thinking" for block in message.content),
            message.stop_reason,
            prompt + (usage.cache_creation_input_tokens or 0),
            usage.output_tokens,
            [{"role": "assistant", "content": kept}],
        )

    def _streamed(self, request: dict[str, Any]) -> Any:
        with self.client.messages.stream(**request) as stream:
            return stream.get_final_message()
