"""DynamoDB clients whose calls go wrong: the process dies at one, or an answer gets lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError

from aws_wire.errors import ServiceError
from tollgate.aws import scattered_updates

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

READS = frozenset({"get_item", "batch_get_item", "query", "scan"})


class KilledError(BaseException):
    """The process is gone. Nothing catches this but a test."""


class OneByOne:
    """A client that sends what belongs together one after the other: each update can go wrong."""

    def begin_update_items(self: Any, requests: Sequence[dict[str, Any]]) -> Answers:
        return Answers([self._answer(request) for request in requests])

    def _answer(self: Any, request: dict[str, Any]) -> Any:
        try:
            return self.update_item(**request)
        except Exception as error:
            return error


class _WrappedClient(OneByOne):
    """Passes calls on, each through `_call`; `_number` counts them from one."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._number = 0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def numbered(**request: Any) -> Any:
            self._number += 1
            return self._call(operation, call, request)

        return numbered

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        raise NotImplementedError


class Answers:
    def __init__(self, answers: Sequence[Any]) -> None:
        self._answers = answers

    def results(self) -> Sequence[Any]:
        return self._answers


class MortalClient(_WrappedClient):
    """Passes calls on until the `calls_until_death`-th, which applies or not; none gets through after it."""

    def __init__(self, client: Any, calls_until_death: int, *, applies: bool) -> None:
        super().__init__(client)
        self._last = calls_until_death
        self._applies = applies

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        if self._number < self._last:
            return call(**request)
        if self._number == self._last and self._applies:
            call(**request)
        raise KilledError(operation)


class DyingAtWrites:
    """Passes calls on until the `writes_until_death`-th write, which applies or not.

    To die at a read is to die before the write that comes after it.
    """

    def __init__(self, client: Any, writes_until_death: int, *, applies: bool) -> None:
        self._client = client
        self._mortal = MortalClient(client, writes_until_death, applies=applies)

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client if operation in READS else self._mortal, operation)


class ScatteringClient:
    """Sends updates that belong together in an order of the test's own, and not all of them.

    Of the `number`-th lot, those in `applied` get through, in that order; then the process `dies`, or else
    the answers of those that don't, and of those in `lost`, never come.
    """

    def __init__(
        self,
        client: Any,
        applied: Sequence[int],
        *,
        dies: bool = False,
        lost: Collection[int] = (),
        number: int = 1,
    ) -> None:
        self._client = client
        self._applied, self._dies, self._lost = applied, dies, lost
        self._lots_before = number - 1

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> Any:
        self._lots_before -= 1
        if self._lots_before != -1:
            return scattered_updates.begin(self._client, requests)
        answers: list[Any] = [ReadTimeoutError(endpoint_url="http://127.0.0.1") for _ in requests]
        for place in self._applied:
            (answer,) = scattered_updates.begin(self._client, [requests[place]]).results()
            if place not in self._lost:
                answers[place] = answer
        if self._dies:
            raise KilledError("update_item")
        return Answers(answers)


class LossyClient(_WrappedClient):
    """Loses the answers of some calls, by number; `applies` says whether the calls got through."""

    def __init__(self, client: Any, lost: set[int], *, applies: bool) -> None:
        super().__init__(client)
        self._lost = lost
        self._applies = applies

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        if self._number not in self._lost:
            return call(**request)
        if self._applies:
            call(**request)
        raise ReadTimeoutError(endpoint_url="http://127.0.0.1")


class ConflictingClient(_WrappedClient):
    """Its first calls come into the midst of a transaction, sent again so often."""

    def __init__(self, client: Any, conflicts: int, *, retried: int = 0) -> None:
        super().__init__(client)
        self._conflicts = conflicts
        self._retried = retried

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        if self._number <= self._conflicts:
            answer: Any = {
                "Error": {"Code": "TransactionConflictException", "Message": "in progress"},
                "ResponseMetadata": {"RetryAttempts": self._retried},
            }
            raise ServiceError(operation, answer)
        return call(**request)


class EchoingClient(_WrappedClient):
    """Keeps what it passes on, to arrive once more with `replay`."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._sent: list[tuple[Any, dict[str, Any]]] = []

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        self._sent.append((call, request))
        return call(**request)

    def replay(self, calls: int | None = None) -> None:
        """Every call so far, or so many of the first, arrives once more; nobody waits for its answer."""
        for call, request in self._sent[:calls]:
            try:
                call(**request)
            except ServiceError:
                continue


class RepeatingClient(EchoingClient):
    """Sends each update twice, as a client does that waits in vain for the first answer.

    The second one's answer is what the caller sees. The first is kept, too.
    """

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        answer: Any = None
        raised: Exception | None = None
        for send in (super()._call, lambda _, call, request: call(**request)):
            try:
                answer, raised = send(operation, call, request), None
            except ServiceError as error:
                answer, raised = error.response, error
        answer["ResponseMetadata"]["RetryAttempts"] = 1
        if raised is not None:
            raise raised
        return answer


class CountingClient(_WrappedClient):
    """Notes the operations that are called, and how often their caller waits: for those that are sent
    together once.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.operations: list[str] = []
        self._spared = 0

    @property
    def round_trips(self) -> int:
        return len(self.operations) - self._spared

    def clear(self) -> None:
        self.operations.clear()
        self._spared = 0

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> Answers:
        self._spared += len(requests) - 1
        return super().begin_update_items(requests)

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        self.operations.append(operation)
        return call(**request)


class LateClient:
    """What is sent together gets through only when somebody waits for it, or has it `arrive`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._under_way: list[_Late] = []

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> _Late:
        self._under_way.append(_Late(self._client, requests))
        return self._under_way[-1]

    def arrive(self) -> None:
        while self._under_way:
            self._under_way.pop().results()


class _Late:
    def __init__(self, client: Any, requests: Sequence[dict[str, Any]]) -> None:
        self._client, self._requests = client, requests
        self._answers: Sequence[Any] | None = None

    def results(self) -> Sequence[Any]:
        if self._answers is None:
            self._answers = scattered_updates.begin(self._client, self._requests).results()
        return self._answers
