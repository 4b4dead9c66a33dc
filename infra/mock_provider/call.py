"""One API request, as the endpoints see it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from infra.mock_provider.control import Control
from infra.mock_provider.provider_faults import ApiError

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

    def tools(self) -> list[dict[str, Any]]:
        """The tools to call: none unless the control asks for a tool call."""
        if not self.control.tool_call:
            return []
        return self.body.get("tools") or []

    def seed(self, choice: int = 0) -> str:
        return f"{self.fingerprint}/{choice}"

    def make_id(self, prefix: str, choice: int = 0) -> str:
        return prefix + sha256(f"{prefix}{self.seed(choice)}".encode()).hexdigest()[:24]
