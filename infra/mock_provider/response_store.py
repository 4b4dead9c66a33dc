"""The stored responses of /v1/responses."""

from dataclasses import dataclass
from typing import Any

from infra.mock_provider.call import Call
from infra.mock_provider.errors import ApiError
from infra.mock_provider.openai_responses import Generation
from infra.mock_provider.reply import Answer, EventStream, Reply

STORED_RESPONSES = 1000


@dataclass
class Stored:
    """`current` is what a client sees now; a background response is `finished` when next asked for."""

    current: dict[str, Any]
    finished: dict[str, Any]
    background: bool


class ResponseStore:
    """Keeps the last STORED_RESPONSES responses.

    A background response is queued when created and finished at the first look, so that it can be cancelled
    in between.
    """

    def __init__(self) -> None:
        self._stored: dict[str, Stored] = {}

    def create(self, call: Call) -> Reply:
        generation = Generation.of(call)
        if call.control.endless or call.control.error_after_chunks is not None:
            return EventStream(generation.events(), generation.failure)
        finished = generation.finished()
        if call.streamed:
            self._keep(call, finished, finished)
            return EventStream(generation.events(), generation.failure)
        current = generation.unfinished("queued") if _in_background(call) else finished
        self._keep(call, current, finished)
        return Answer(current)

    def retrieve(self, call: Call) -> Answer:
        stored = self._find(call.target)
        if stored.current["status"] == "queued":
            stored.current = stored.finished
        return Answer(stored.current)

    def delete(self, call: Call) -> Answer:
        self._find(call.target)
        del self._stored[call.target]
        return Answer({"id": call.target, "object": "response", "deleted": True})

    def cancel(self, call: Call) -> Answer:
        stored = self._find(call.target)
        if not stored.background:
            raise ApiError(400, "Cannot cancel a synchronous response.")
        if stored.current["status"] == "queued":
            stored.current = {**stored.current, "status": "cancelled"}
        return Answer(stored.current)

    def clear(self) -> None:
        self._stored.clear()

    def _keep(self, call: Call, current: dict[str, Any], finished: dict[str, Any]) -> None:
        if call.body.get("store") is False:
            return
        self._stored[current["id"]] = Stored(current, finished, _in_background(call))
        if len(self._stored) > STORED_RESPONSES:
            del self._stored[next(iter(self._stored))]

    def _find(self, response_id: str) -> Stored:
        if response_id not in self._stored:
            raise ApiError(404, f"Response with id '{response_id}' not found.")
        return self._stored[response_id]


def _in_background(call: Call) -> bool:
    return call.body.get("background") is True
