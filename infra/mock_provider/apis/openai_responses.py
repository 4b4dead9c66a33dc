"""POST /v1/responses: the response object and its stream."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from infra.mock_provider.apis.mock_usage import Completion, responses_usage
from infra.mock_provider.apis.openai_chat import served_tier
from infra.mock_provider.apis.structured import fitting, schema_of
from infra.mock_provider.call import CREATED, Call
from infra.mock_provider.provider_faults import SERVER_ERROR, ApiError, openai_error
from infra.mock_provider.reply import Event
from infra.mock_provider.text import count_prompt, pieces

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


def encrypted(item_id: str) -> str:
    """What seals an item of reasoning."""
    return "sealed_" + sha256(item_id.encode()).hexdigest()[:24]


def _require_own_thoughts(items: Iterable[Any]) -> None:
    """Raises ApiError for sealed thoughts that the mock hasn't had itself."""
    for item in items:
        if not isinstance(item, dict) or item.get("type") != "reasoning":
            continue
        if item.get("encrypted_content") not in (None, encrypted(str(item.get("id")))):
            raise ApiError(400, "The encrypted content could not be verified.", param="input")


@dataclass(frozen=True)
class Generation:
    """One response in the making."""

    call: Call
    model: str
    prompt_tokens: int
    plan: Completion
    called: tuple[str, ...]
    schema: Mapping[str, Any] | None

    @classmethod
    def of(cls, call: Call) -> "Generation":
        asked = call.required("input")
        items = [asked] if isinstance(asked, str) else asked
        _require_own_thoughts(items)
        return cls(
            call=call,
            model=call.required("model"),
            prompt_tokens=count_prompt([call.body.get("instructions"), *items]),
            plan=Completion.plan(call.control, call.positive("max_output_tokens")),
            called=call.called(),
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
            "output": self._items("".join(self._pieces())),
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
        for place, item in enumerate(self._items("")):
            yield from self._item_events(place, item)
        yield f"response.{self.status}", {"response": self.finished()}

    def _item_events(self, place: int, item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        begun: dict[str, Any] = {**item, "status": "in_progress"}
        match item["type"]:
            case "reasoning":
                begun, events = {**item, "summary": [], "encrypted_content": None}, self._thought_events
            case "message":
                begun["content"], events = [], self._text_events
            case _:
                events = self._argument_events
        yield "response.output_item.added", {"output_index": place, "item": begun}
        yield from events(item, {"item_id": item["id"], "output_index": place})
        done = self._items("".join(self._pieces()))[place]
        yield "response.output_item.done", {"output_index": place, "item": done}

    def _thought_events(
        self, item: dict[str, Any], at: dict[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for place, part in enumerate(item["summary"]):
            here = {**at, "summary_index": place}
            yield "response.reasoning_summary_part.added", {**here, "part": {**part, "text": ""}}
            yield "response.reasoning_summary_text.delta", {**here, "delta": part["text"]}
            yield "response.reasoning_summary_text.done", {**here, "text": part["text"]}
            yield "response.reasoning_summary_part.done", {**here, "part": part}

    def _text_events(
        self,
        item: dict[str, Any],  # noqa: ARG002 -- as the other items' events take it
        at: dict[str, Any],
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        part = {**at, "content_index": 0}
        yield "response.content_part.added", {**part, "part": _output_text("")}
        for piece in self._pieces():
            yield "response.output_text.delta", {**part, "delta": piece, "logprobs": []}
        text = "".join(self._pieces())
        yield "response.output_text.done", {**part, "text": text, "logprobs": []}
        yield "response.content_part.done", {**part, "part": _output_text(text)}

    def _argument_events(
        self, item: dict[str, Any], at: dict[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for piece in self._pieces():
            yield "response.function_call_arguments.delta", {**at, "delta": piece}
        whole = {"name": item["name"], "arguments": "".join(self._pieces())}
        yield "response.function_call_arguments.done", {**at, **whole}

    def _items(self, text: str) -> list[dict[str, Any]]:
        """The output: what was thought, if that is shown, and the text, or the calls of tools."""
        thoughts = [self._thought()] if self.thinks else []
        if not self.called:
            said = {"type": "message", "role": "assistant", "content": [_output_text(text)]}
            return [*thoughts, {"id": self.call.make_id("msg_"), "status": self.status, **said}]
        return [*thoughts, *(self._tool_call(place, text) for place in range(len(self.called)))]

    def _tool_call(self, place: int, text: str) -> dict[str, Any]:
        call = {"call_id": self.call.make_id("call_", place), "name": self.called[place], "arguments": text}
        made = {"id": self.call.make_id("fc_", place), "status": self.status}
        return made | {"type": "function_call", **call}

    @property
    def thinks(self) -> bool:
        """Whether its thoughts are an item: they are there, and the request asks for reasoning."""
        return self.plan.reasoning > 0 and bool(self.call.body.get("reasoning")) and not self.plan.endless

    def _thought(self) -> dict[str, Any]:
        made = self.call.make_id("rs_")
        asked = self.call.body.get("reasoning") or {}
        text = "".join(pieces(f"{self.call.seed()}/thinking", self.plan.reasoning))
        summary = [{"type": "summary_text", "text": text}] if asked.get("summary") else []
        sealed = "reasoning.encrypted_content" in (self.call.body.get("include") or [])
        content = encrypted(made) if sealed else None
        return {"id": made, "type": "reasoning", "summary": summary, "encrypted_content": content}

    def _pieces(self) -> Iterator[str]:
        text = pieces(self.call.seed(), self.plan.visible)
        if self.called:
            return self.call.arguments(text)
        return text if self.schema is None or self.plan.endless else fitting(self.schema, text)


def _numbered(number: int, name: str, fields: dict[str, Any]) -> Event:
    return Event({"type": name, "sequence_number": number, **fields}, name=name)


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
