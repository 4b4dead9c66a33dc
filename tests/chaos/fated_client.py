"""DynamoDB clients of a process that may die: at a drawn call, or by decree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError
from tests.support.faults import READS, KilledError, OneByOne
from tests.support.invariants import StrictClient
from tollgate.aws import scattered_updates
from tollgate.aws.dynamodb import condition_failed

if TYPE_CHECKING:
    from collections.abc import Sequence


class FatedClient(OneByOne):
    """Passes calls on. `dies_at` the so manyth write from now the process dies, which that write outlives if
    it `applies`; nothing is passed on after that.

    `troubles` counts calls that failed otherwise than by their own condition.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._writes_left: int | None = None
        self._applies = False
        self.is_dead = False
        self.troubles = 0

    def dies_at(self, writes: int, *, applies: bool) -> None:
        self._writes_left, self._applies = writes, applies

    def spare(self) -> None:
        self._writes_left = None

    def kill(self) -> None:
        self.is_dead = True

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if not callable(call):
            return call

        def fated(*arguments: Any, **request: Any) -> Any:
            return self._call(operation, call, arguments, request)

        return fated

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> Any:
        if self._writes_left is not None or self.is_dead:
            return super().begin_update_items(requests)
        return _Noted(self, scattered_updates.begin(self._client, requests))

    def note(self, error: Exception) -> None:
        if not (isinstance(error, ServiceError) and condition_failed(error)):
            self.troubles += 1

    def _call(self, operation: str, call: Any, arguments: Any, request: dict[str, Any]) -> Any:
        if not self.is_dead and self._writes_left is not None and operation not in READS:
            self._writes_left -= 1
            if self._writes_left == 0:
                self.is_dead = True
                if self._applies:
                    call(*arguments, **request)
        if self.is_dead:
            raise KilledError(operation)
        try:
            return call(*arguments, **request)
        except Exception as error:
            self.note(error)
            raise


class _Noted:
    """Answers that are on their way, whose errors count."""

    def __init__(self, client: FatedClient, pending: scattered_updates.PendingAnswers) -> None:
        self._client, self._pending = client, pending

    def results(self) -> Sequence[Any]:
        answers = self._pending.results()
        for each in answers:
            if isinstance(each, Exception):
                self._client.note(each)
        return answers


class WatchedClient(StrictClient):
    """As `StrictClient`, and what it finds wrong isn't forgotten, whoever catches the error."""

    def __init__(self, client: Any, violations: list[str]) -> None:
        super().__init__(client, hard=True)
        self._violations = violations

    def _check(self, image: Any) -> None:
        try:
            super()._check(image)
        except AssertionError as error:
            self._violations.append(f"an item is wrong: {error}")
            raise
