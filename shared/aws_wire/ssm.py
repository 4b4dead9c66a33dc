"""SSM's parameters."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_wire.json_service import JsonService, Limits, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Client:
    """Answers have the shapes of boto3's low-level client."""

    def __init__(self, service: JsonService) -> None:
        self._service = service

    def get_parameter(self, **request: Any) -> dict[str, Any]:
        """GetParameter. Raises WireError: ServiceError where SSM has refused."""
        return self._service.call("GetParameter", _encode(request).encode())

    def reset(self) -> None:
        """Closes connections and forgets credentials: to be called before a snapshot of the process and after
        each restore from it, and in a process that was forked.
        """
        self._service.reset()


def connect(
    environment: Mapping[str, str],
    *,
    connect_timeout: float = 1,
    read_timeout: float = 5,
    tries: int = 8,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """Timeouts in seconds. Nothing is connected before the first call. Raises ConfigurationError."""
    protocol = Protocol("ssm", "AmazonSSM", "1.1", _decode)
    limits = Limits(connect_timeout, read_timeout, tries)
    return Client(JsonService(protocol, environment, limits, clock, sleep))


def _decode(body: bytes) -> Any:
    answer = json.loads(body)
    changed = answer["Parameter"].get("LastModifiedDate") if "Parameter" in answer else None
    if changed is not None:
        answer["Parameter"]["LastModifiedDate"] = datetime.fromtimestamp(changed, UTC)
    return answer
