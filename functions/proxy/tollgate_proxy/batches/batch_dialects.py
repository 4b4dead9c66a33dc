"""Batches as OpenAI's and Anthropic's APIs have them: paths, states, and results line by line.

Sources: OpenAI's API reference (batch object, request output object), Anthropic's (message batches).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from tollgate.catalog.catalog import ProviderApi
from tollgate.gateway_state.stored_batches import ThingKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a provider's batch is tagged with, to be found again.
TAG = "tollgate_request_id"
_OK = 200


class BatchDialect(ABC):
    """One API's batches; `api` is the one by which a provider is asked for them."""

    kind: ClassVar[ThingKind]
    api: ClassVar[ProviderApi]
    path: ClassVar[str]

    @abstractmethod
    def has_ended(self, seen: Mapping[str, Any]) -> bool:
        """Whether there will be no more results than there are."""

    @abstractmethod
    def successes(self, seen: Mapping[str, Any]) -> int:
        """How many calls were served, as far as the provider says."""

    @abstractmethod
    def results_path(self, seen: Mapping[str, Any], batch_id: str) -> str | None:
        """Where the results of calls that were served are, None if there are none."""

    @abstractmethod
    def served(self, line: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The answer in a line of the results, None of a call that wasn't served, and costs nothing."""

    def shown(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """The provider's object as a client gets it."""
        return seen

    def file_ids(self, _seen: Mapping[str, Any]) -> list[str]:
        """The files that a batch's results are in."""
        return []

    @abstractmethod
    def page(self, data: Sequence[Mapping[str, Any]], *, has_more: bool) -> dict[str, Any]:
        """A list of objects."""


class OpenAIBatches(BatchDialect):
    kind = ThingKind.BATCH
    api = ProviderApi.CHAT
    path = "/batches"

    def has_ended(self, seen: Mapping[str, Any]) -> bool:
        return seen.get("status") in ("completed", "failed", "expired", "cancelled")

    def successes(self, seen: Mapping[str, Any]) -> int:
        return _count(seen, "completed")

    def results_path(self, seen: Mapping[str, Any], _batch_id: str) -> str | None:
        file_id = seen.get("output_file_id")
        return f"/files/{file_id}/content" if _is_id(file_id) else None

    def served(self, line: Mapping[str, Any]) -> Mapping[str, Any] | None:
        response = line.get("response")
        if not isinstance(response, dict) or response.get("status_code") != _OK:
            return None
        return _object(response.get("body"))

    def file_ids(self, seen: Mapping[str, Any]) -> list[str]:
        named = (seen.get("output_file_id"), seen.get("error_file_id"))
        return [each for each in named if each is not None and _is_id(each)]

    def page(self, data: Sequence[Mapping[str, Any]], *, has_more: bool) -> dict[str, Any]:
        return {"object": "list", **_page(data, has_more=has_more)}


class AnthropicBatches(BatchDialect):
    kind = ThingKind.MESSAGE_BATCH
    api = ProviderApi.MESSAGES
    path = "/messages/batches"

    def has_ended(self, seen: Mapping[str, Any]) -> bool:
        return seen.get("processing_status") == "ended"

    def successes(self, seen: Mapping[str, Any]) -> int:
        return _count(seen, "succeeded")

    def results_path(self, _seen: Mapping[str, Any], batch_id: str) -> str | None:
        return f"{self.path}/{batch_id}/results"

    def served(self, line: Mapping[str, Any]) -> Mapping[str, Any] | None:
        result = line.get("result")
        if not isinstance(result, dict) or result.get("type") != "succeeded":
            return None
        return _object(result.get("message"))

    def shown(self, seen: Mapping[str, Any]) -> Mapping[str, Any]:
        """With the results' URL below this gateway: clients go there with the key that they have."""
        if not isinstance(seen.get("results_url"), str):
            return seen
        return {**seen, "results_url": f"/v1{self.path}/{seen.get('id')}/results"}

    def page(self, data: Sequence[Mapping[str, Any]], *, has_more: bool) -> dict[str, Any]:
        return _page(data, has_more=has_more)


OPENAI, ANTHROPIC = OpenAIBatches(), AnthropicBatches()
DIALECTS: dict[ThingKind, BatchDialect] = {each.kind: each for each in (OPENAI, ANTHROPIC)}
BY_PATH: dict[str, BatchDialect] = {each.path: each for each in (OPENAI, ANTHROPIC)}


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.replace("-", "").replace("_", "").isalnum()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(seen: Mapping[str, Any], name: str) -> int:
    counts = seen.get("request_counts")
    count = counts.get(name) if isinstance(counts, dict) else None
    return count if isinstance(count, int) else 0


def _page(data: Sequence[Mapping[str, Any]], *, has_more: bool) -> dict[str, Any]:
    first, last = (data[0].get("id"), data[-1].get("id")) if data else (None, None)
    return {"data": list(data), "has_more": has_more, "first_id": first, "last_id": last}
