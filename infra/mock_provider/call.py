"""One API request, as the endpoints see it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import cycle, islice
from typing import Any

from infra.mock_provider.control import Control
from infra.mock_provider.directives import is_tool_result, last_said
from infra.mock_provider.provider_faults import ApiError
from infra.mock_provider.text import arguments

# 2025-01-01T00:00:00Z: answers do not depend on when they are given.
CREATED = 1735689600

# How an answer is delivered must not change what it says.
NOT_FINGERPRINTED = {"mock", "stream", "stream_options"}


def fingerprint(path: str, body: dict[str, Any]) -> str:
    asked = {name: value for name, value in body.items() if name not in NOT_FINGERPRINTED}
    return sha256(f"{path} {json.dumps(asked, sort_keys=True)}".encode()).hexdigest()


@dataclass(frozen=True)
class Call:
    """`fingerprint` decides the answer's text and ids; `target` is the id in the path, if it has one.

    `query` has the last value of each of its names.
    """

    body: dict[str, Any]
    control: Control
    fingerprint: str
    target: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def streamed(self) -> bool:
        return self.body.get("stream") is True

    @property
    def in_background(self) -> bool:
        return self.body.get("background") is True and not self.streamed

    def required(self, name: str) -> Any:
        if self.body.get(name) in (None, "", []):
            raise ApiError(400, f"{name}: field required", param=name)
        return self.body[name]

    def messages(self) -> list[Any]:
        messages = self.required("messages")
        if not isinstance(messages, list):
            raise ApiError(400, "messages: expected a list", param="messages")
        return messages

    def positive(self, name: str) -> int | None:
        """Raises ApiError if `name` is given and is not a positive integer."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ApiError(400, f"{name}: expected a positive integer", param=name)
        return value

    def called(self) -> tuple[str, ...]:
        """The names of the tools to call: none unless the control asks for it."""
        control = self.control
        number = control.tool_calls or int(control.tool_call or control.tool is not None)
        if not number or is_tool_result(last_said(self.body)):
            return ()
        names = [name for name in map(_name_of, self.body.get("tools") or []) if name is not None]
        if control.tool is not None:
            if control.tool not in names:
                raise ApiError(400, f"mock.tool: no tool of that name in {names}", param="mock.tool")
            names = [control.tool]
        return tuple(islice(cycle(names), number)) if names else ()

    def arguments(self, text: Iterable[str]) -> Iterator[str]:
        """A tool call's arguments, as a stream's deltas."""
        given = self.control.arguments
        return arguments(text) if given is None else iter([json.dumps(given)])

    def seed(self, choice: int = 0) -> str:
        return f"{self.fingerprint}/{choice}"

    def make_id(self, prefix: str, choice: int = 0) -> str:
        return prefix + sha256(f"{prefix}{self.seed(choice)}".encode()).hexdigest()[:24]


def _name_of(tool: Any) -> str | None:
    """The name of a client's tool, in whichever API; None of one that the provider would run itself."""
    function = tool.get("function") if isinstance(tool.get("function"), dict) else tool
    is_clients = tool.get("type", "custom") in ("function", "custom")
    return function.get("name") if is_clients else None
