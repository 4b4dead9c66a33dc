"""Batches whose creation nobody has seen the end of: whether their providers have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tollgate.gateway_state.stored_batches import StoredBatch, ThingKind
from tollgate_proxy.batches import provider_side
from tollgate_proxy.batches.batch_dialects import DIALECTS, TAG
from tollgate_proxy.batches.batch_settlement import UnsettledError
from tollgate_proxy.batches.provider_side import ProviderSide

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate_proxy.batches.batch_settlement import BatchSettlement

# How far the provider's clock and ours may be apart, and how long after it was let in a batch may be sent.
_SKEW = timedelta(minutes=2)
_SENT_WITHIN = timedelta(minutes=16)
_PAGE, _MAX_PAGES = 100, 20


def find(settlement: BatchSettlement, batch: StoredBatch, deadline: datetime) -> Mapping[str, Any] | None:
    """The provider's object of a batch, None if there is none; raises `UnsettledError` if nobody can tell.

    One of OpenAI's API is known by its tag. One of Anthropic's has none: it can be ours if it was made then,
    with as many calls, and is nobody else's here.
    """
    if batch.kind is ThingKind.BATCH and not batch.tagged:
        raise _unknown(batch)
    for seen in _recent(settlement, batch, deadline):
        known = settlement.batches.find(str(seen.get("id")))
        if isinstance(known, StoredBatch):
            if known.request_id == batch.request_id:
                return seen
            continue
        if batch.kind is ThingKind.BATCH:
            metadata = seen.get("metadata")
            if isinstance(metadata, dict) and metadata.get(TAG) == batch.request_id:
                return seen
        elif _calls_in(seen) == batch.calls:
            raise _unknown(batch)
    return None


def asked(settlement: BatchSettlement, batch: StoredBatch, path: str, deadline: datetime) -> dict[str, Any]:
    """An object of a batch's provider; raises `UnsettledError` if it doesn't give it."""
    provider = settlement.catalog.provider(batch.provider_id)
    if provider is None:
        message = f"The provider of the batch {batch.request_id} is gone"
        raise UnsettledError(message)
    side = ProviderSide(settlement.dispatcher, provider, DIALECTS[batch.kind].api, deadline, {})
    answer = side.ask("GET", path)
    found = provider_side.object_in(provider_side.body_of(answer))
    if not answer.is_success or not found:
        message = f"The provider {provider.name} answered {answer.status} to GET {path}"
        raise UnsettledError(message)
    return found


def _recent(
    settlement: BatchSettlement, batch: StoredBatch, deadline: datetime
) -> Iterator[Mapping[str, Any]]:
    """What the provider has that was made when the batch was sent. Lists have the newest first."""
    dialect = DIALECTS[batch.kind]
    after = "after_id" if batch.kind is ThingKind.MESSAGE_BATCH else "after"
    earliest, latest = batch.admitted_at - _SKEW, batch.admitted_at + _SENT_WITHIN + _SKEW
    query: dict[str, Any] = {"limit": _PAGE}
    for _ in range(_MAX_PAGES):
        page = asked(settlement, batch, f"{dialect.path}?{urlencode(query)}", deadline)
        data = page.get("data")
        if not isinstance(data, list):
            raise _unknown(batch)
        for each in data:
            made = _made_at(each)
            if made is None:
                raise _unknown(batch)
            if made < earliest:
                return
            if made <= latest:
                yield each
        if not page.get("has_more") or not data:
            return
        query[after] = data[-1]["id"]
    raise _unknown(batch)


def _made_at(seen: Any) -> datetime | None:
    made = seen.get("created_at") if isinstance(seen, dict) and isinstance(seen.get("id"), str) else None
    if isinstance(made, int):
        return datetime.fromtimestamp(made, UTC)
    try:
        return datetime.fromisoformat(made) if isinstance(made, str) else None
    except ValueError:
        return None


def _calls_in(seen: Mapping[str, Any]) -> int:
    counts = seen.get("request_counts")
    return sum(each for each in counts.values() if isinstance(each, int)) if isinstance(counts, dict) else 0


def _unknown(batch: StoredBatch) -> UnsettledError:
    return UnsettledError(f"Whether the provider has the batch {batch.request_id} can't be told")
