"""Grants that are watched until their end: items of the alerts table, which its index `due` brings back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.alerts.store import alert_items
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import item, moment
from tollgate.aws.transactions import put_revision
from tollgate.budget_requests import grants
from tollgate.budget_requests.grants import GrantWatch
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.budget_requests.budget_requests import BudgetRequest
    from tollgate.budget_requests.grants import Following

_GRANT = "grant#"
# How long what is over stays, for records of the stream that come late.
_KEPT = timedelta(days=7)


def grant_of(name: str) -> str | None:
    """The id of the request that a sort key watches the grant of; None for another."""
    return name.removeprefix(_GRANT) if name.startswith(_GRANT) else None


@dataclass(frozen=True, slots=True)
class GrantsTable:
    client: DynamoDBClient
    table: str

    def begin_writes(self, request: BudgetRequest) -> list[dict[str, Any]]:
        """What has an approved request watched, as parts of a transaction; nothing if it is for good."""
        first = grants.watched_from(request)
        if first is None:
            return []
        watch = _to_item(GrantWatch(request.key_id, request.id, first), first)
        return [{"Put": {"TableName": self.table, "Item": item({**watch, "revision": 1})}}]

    def get(self, key_id: str, request_id: str) -> GrantWatch | None:
        stored = dynamodb.get(self.client, self.table, key_id=key_id, alert=f"{_GRANT}{request_id}")
        return _to_watch(stored) if stored else None

    def advance(self, seen: GrantWatch, following: Following, now: datetime, *others: Any) -> None:
        """Notes what follows, together with `others`; raises `EditConflictError` if somebody else did."""
        watch = replace(seen, due_at=following.due_at, is_told=following.is_told)
        put_revision(self.client, self.table, _to_item(watch, now), seen.revision, *others)


def _to_item(watch: GrantWatch, now: datetime) -> Item:
    over = {"expires_at": int((now + _KEPT).timestamp())} if watch.due_at is None else {}
    return {
        "key_id": watch.key_id,
        "alert": f"{_GRANT}{watch.request_id}",
        "told": watch.is_told or None,
        **over,
        **alert_items.due_attributes(watch.due_at),
    }


def _to_watch(stored: Mapping[str, Any]) -> GrantWatch:
    return GrantWatch(
        key_id=stored["key_id"],
        request_id=stored["alert"].removeprefix(_GRANT),
        due_at=moment(stored["due_at"]) if "due_at" in stored else None,
        is_told=stored.get("told", False),
        revision=int(stored["revision"]),
    )
