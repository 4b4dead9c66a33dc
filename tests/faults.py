"""A DynamoDB client that dies at a chosen call, before or after the call applies."""

from __future__ import annotations

from typing import Any


class KilledError(Exception):
    """The process is gone. Nothing catches this but a test."""


class MortalClient:
    """Passes calls on until the `calls_until_death`-th, counted from one."""

    def __init__(self, client: Any, calls_until_death: int, *, applies: bool) -> None:
        self._client = client
        self._remaining = calls_until_death
        self._applies = applies

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def mortal(**request: Any) -> Any:
            self._remaining -= 1
            if self._remaining == 0:
                if self._applies:
                    call(**request)
                raise KilledError(operation)
            return call(**request)

        return mortal
