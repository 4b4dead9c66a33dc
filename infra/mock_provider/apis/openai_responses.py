"""POST /v1/responses: the response object and its stream."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.mock_provider.apis.mock_usage import Completion, responses_usage
from infra.mock_provider.apis.openai_chat import served_tier
from infra.mock_provider.apis.structured import fitting, schema_of
from infra.mock_provider.call import CREATED, Call
from infra.mock_provider.provider_faults import SERVER_ERROR, ApiError, openai_error
from infra.mock_provider.reply import Event
from infra.mock_provider.text import arguments, count_prompt, pieces

# A request's own values appear in its response; these stand for those it leaves out.
ECHOED: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": {"effort": None, "summary": None},
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


@dataclass(frozen=True)
class Generation:
    """One response in the making."""

    call: Call
    model: str
    prompt_tokens: int
    plan: Completion
    tool: str | None
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, call: Call) -> "Generation":
        asked = call.required("input")
        items = [asked] if isinstance(asked, str) else asked
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=count_prompt([call.body.get("instructions"), *items]),
            plan=Completion.plan(call.control, call.positive("max_output_tokens")),
            tool=next((tool["name"] for tool in call.tools() if tool["type"] == "function"), None),
            schema=schema_of((call.body.get("text") or {}).get("format")),
        )

    def input_items(self) -> list[dict[str, Any]]:
        """The request's input as it is listed: items with ids, texts as parts."""
        asked = self.call.body["input"]
        items = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
        return [self._input_item(place, item) for place, item in enumerate(items)]

    def _input_item(self, place: int, item: dict[str, Any]) -> dict[str, Any]:
        named = {"type": "message", "id": self.call.make_id("msg_", place + 1), "status": "completed"}
        listed = {**named, **item}
        if isinstance(item.get("content"), str):
            listed["content"] = [{"type": "input_text", "text": item["content"]}]
        return listed

    @property
    def status(self) -> str:
        return "incomplete" if self.plan.truncated else "completed"

    def finished(self) -> dict[str, Any]:
        usage = responses_usage(self.call.control, self.prompt_tokens, self.plan)
        return {
            **self.unfinished(self.status),
            "incomplete_details": {"reason": "max_output_tokens"} if self.plan.truncated else None,
            "output": [self._item(self.status, "".join(self._pieces()))],
            "usage": None if self.call.control.no_usage else usage,
        }

    def unfinished(self, status: str) -> dict[str, Any]:
        return {
            "id": self.call.make_id("resp_"),
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self.model,
            "output": [],
            "service_tier": served_tier(self.call),
            "usage": None,
            **{name: self.call.body.get(name, default) for name, default in ECHOED.items()},
        }

    def events(self) -> Iterator[Event]:
        for number, (name, fields) in enumerate(self._events()):
            yield _numbered(number, name, fields)

    def failure(self, sent: int) -> Iterable[Event]:
        error = openai_error(ApiError(SERVER_ERROR, code=self.call.control.error_code))["error"]
        code = error["code"] or "server_error"
        reported = {"code": code, "message": error["message"], "param": None}
        failed = self.unfinished("failed") | {"error": {"code": code, "message": error["message"]}}
        return [
            _numbered(sent, "error", reported),
            _numbered(sent + 1, "response.failed", {"response": failed}),
        ]

    def _events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        begun = {"response": self.unfinished("in_progress")}
        yield "response.created", begun
        yield "response.in_progress", begun
        yield "response.output_item.added", {"output_index": 0, "item": self._item("in_progress", None)}
        yield from self._text_events() if self.tool is None else self._argument_events()
        finished = self.finished()
        yield "response.output_item.done", {"output_index": 0, "item": finished["output"][0]}
        yield f"response.{self.status}", {"response": finished}

    def _text_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        part = {"item_id": self._item_id(), "output_index": 0, "content_index": 0}
        yield "response.content_part.added", {**part, "part": _output_text("")}
        for piece in self._pieces():
            yield "response.output_text.delta", {**part, "delta": piece, "logprobs": []}
        text = "".join(self._pieces())
        yield "response.output_text.done", {**part, "text": text, "logprobs": []}
        yield "response.content_part.done", {**part, "part": _output_text(text)}

    def _argument_events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        item = {"item_id": self._item_id(), "output_index": 0}
        for piece in self._pieces():
            yield "response.function_call_arguments.delta", {**item, "delta": piece}
        whole = {"name": self.tool, "arguments": "".join(self._pieces())}
        yield "response.function_call_arguments.done", {**item, **whole}

    def _item(self, status: str, text: str | None) -> dict[str, Any]:
        """The output item, not begun yet if `text` is None."""
        item = {"id": self._item_id(), "status": status}
        if self.tool is None:
            content = [] if text is None else [_output_text(text)]
            return item | {"type": "message", "role": "assistant", "content": content}
        call = {"call_id": self.call.make_id("call_"), "name": self.tool, "arguments": text or ""}
        return item | {"type": "function_call", **call}

    def _item_id(self) -> str:
        return self.call.make_id("msg_" if self.tool is None else "fc_")

    def _pieces(self) -> Iterator[str]:
        text = pieces(self.call.seed(), self.plan.visible)
        if self.tool is not None:
            return arguments(text)
        return text if self.schema is None or self.plan.endless else fitting(self.schema, text)


def _numbered(number: int, name: str, fields: dict[str, Any]) -> Event:
    return Event({"type": name, "sequence_number": number, **fields}, name=name)


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
