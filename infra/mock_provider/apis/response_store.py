"""The stored responses of /v1/responses."""

from dataclasses import dataclass
from typing import Any

from infra.mock_provider.apis.openai_responses import Generation
from infra.mock_provider.call import Call
from infra.mock_provider.provider_faults import ApiError
from infra.mock_provider.reply import Answer, EventStream, Reply

STORED_RESPONSES = 1000
DEFAULT_PAGE = 20


@dataclass
class StoredResponse:
    """`current` is what a client sees now; one in the background is finished when next asked for."""

    generation: Generation
    current: dict[str, Any]

    def look(self) -> dict[str, Any]:
        if self.current["status"] == "queued":
            endless = self.generation.plan.endless
            self.current = (
                self.generation.unfinished("in_progress") if endless else self.generation.finished()
            )
        return self.current


class ResponseStore:
    """Keeps the last STORED_RESPONSES responses.

    A background response is queued when created and finished at the first look, so that it can be cancelled
    in between. One that is endless is in progress until it is cancelled.
    """

    def __init__(self) -> None:
        self._stored: dict[str, StoredResponse] = {}

    def create(self, call: Call) -> Reply:
        generation = Generation.of(call)
        if call.in_background:
            return Answer(self._keep(generation, generation.unfinished("queued")))
        if call.control.endless or call.control.error_after_chunks is not None:
            return EventStream(generation.events(), generation.failure)
        finished = self._keep(generation, generation.finished())
        return EventStream(generation.events(), generation.failure) if call.streamed else Answer(finished)

    def retrieve(self, call: Call) -> Reply:
        stored = self._find(call.target)
        if call.query.get("stream") == "true":
            return EventStream(stored.generation.events(), stored.generation.failure)
        return Answer(stored.look())

    def list_input_items(self, call: Call) -> Answer:
        """A page of them, as OpenAI does it: the last one first, `after` the one of that id."""
        items = self._find(call.target).generation.input_items()
        if call.query.get("order") != "asc":
            items.reverse()
        after = call.query.get("after")
        if after is not None:
            items = items[[item["id"] for item in items].index(after) + 1 :]
        page = items[: int(call.query.get("limit", DEFAULT_PAGE))]
        return Answer(
            {
                "object": "list",
                "data": page,
                "first_id": page[0]["id"] if page else None,
                "last_id": page[-1]["id"] if page else None,
                "has_more": len(page) < len(items),
            }
        )

    def delete(self, call: Call) -> Answer:
        self._find(call.target)
        del self._stored[call.target]
        return Answer({"id": call.target, "object": "response", "deleted": True})

    def cancel(self, call: Call) -> Answer:
        stored = self._find(call.target)
        if not stored.generation.call.in_background:
            raise ApiError(400, "Cannot cancel a synchronous response.")
        if stored.current["status"] in ("queued", "in_progress"):
            stored.current = {**stored.current, "status": "cancelled"}
        return Answer(stored.current)

    def clear(self) -> None:
        self._stored.clear()

    def _keep(self, generation: Generation, current: dict[str, Any]) -> dict[str, Any]:
        if generation.call.body.get("store") is not False:
            self._stored[current["id"]] = StoredResponse(generation, current)
            if len(self._stored) > STORED_RESPONSES:
                del self._stored[next(iter(self._stored))]
        return current

    def _find(self, response_id: str) -> StoredResponse:
        if response_id not in self._stored:
            raise ApiError(404, f"Response with id '{response_id}' not found.")
        return self._stored[response_id]
