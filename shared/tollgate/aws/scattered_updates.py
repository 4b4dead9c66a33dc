"""UpdateItems that are under way at the same time, each of an item of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence


class PendingAnswers(Protocol):
    """Requests that have been sent."""

    def results(self) -> Sequence[Any]:
        """Waits for the answers: in the order of the requests, with errors in place of those that failed."""


def begin(client: Any, requests: Sequence[dict[str, Any]]) -> PendingAnswers:
    """Sends requests without waiting for their answers.

    A client that can't, which boto3's can't, sends one after the other, and has waited for all of them then.
    """
    if hasattr(client, "begin_update_items"):
        pending: PendingAnswers = client.begin_update_items(requests)
        return pending
    return _Answered([_answer(client, request) for request in requests])


@dataclass(frozen=True, slots=True)
class _Answered:
    answers: Sequence[Any]

    def results(self) -> Sequence[Any]:
        return self.answers


def _answer(client: Any, request: dict[str, Any]) -> Any:
    try:
        return client.update_item(**request)
    except Exception as error:
        return error
