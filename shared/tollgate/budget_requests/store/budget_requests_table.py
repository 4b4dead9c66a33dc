"""Budget requests in the alerts table: each is one item, and an entry in each list that shows it.

A key's requests for a window are numbered, and the next number is only taken once the one before it has
ended: so no two of them are pending, without a lock. Each write requires the revision that was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire.attribute_values import plain, values
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import item
from tollgate.aws.transactions import put_revision
from tollgate.budget_requests.budget_requests import BudgetRequest, place_of
from tollgate.budget_requests.store import budget_request_items as items
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

# What a page reads at most: so many times, so many entries each.
_MAX_READS = 10
_READ_AT_ONCE = 100


class Search(NamedTuple):
    """Which requests a page is to have: those `chosen` of each lot, asked at a moment or later."""

    chosen: Callable[[list[BudgetRequest]], list[BudgetRequest]]
    asked_since: datetime | None = None


Page = tuple[list[BudgetRequest], str | None]


@dataclass(frozen=True, slots=True)
class BudgetRequestsTable:
    client: DynamoDBClient
    table: str

    def get(self, request_id: str) -> BudgetRequest | None:
        place = place_of(request_id)
        if place is None:
            return None
        name = items.request_name(place)
        stored = dynamodb.get(self.client, self.table, key_id=place.key_id, alert=name)
        return items.to_request(stored) if stored else None

    def last(self, key_id: str, window: str) -> BudgetRequest | None:
        """The newest of a key's requests for a window."""
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="key_id = :key AND begins_with(alert, :prefix)",
            ExpressionAttributeValues=values({":key": key_id, ":prefix": items.window_prefix(window)}),
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
        )
        found = [items.to_request(plain(each)) for each in answer["Items"]]
        return found[0] if found else None

    def add(self, request: BudgetRequest, above: Iterable[str], *others: Any) -> None:
        """Puts a new request, and in the lists of its key, the keys `above` it and operators, with `others`.

        Raises `EditConflictError` if there is one of its number.
        """
        listed = [
            items.entry(request.key_id, items.OWN, request),
            *(items.entry(list_of, items.BELOW, request) for list_of in (*above, items.OPERATORS)),
        ]
        puts = [{"Put": {"TableName": self.table, "Item": item(each)}} for each in listed]
        put_revision(self.client, self.table, items.from_request(request), 0, *puts, *others)

    def replace(self, seen: BudgetRequest, following: BudgetRequest, *others: Any) -> BudgetRequest:
        """Puts what follows from a request as it was seen, with `others`; returns it as stored.

        Raises `EditConflictError` if somebody else came between.
        """
        put_revision(self.client, self.table, items.from_request(following), seen.revision, *others)
        return following.at_revision(seen.revision + 1)

    def own_page(self, key_id: str, size: int, after: str | None, search: Search) -> Page:
        """Requests for a key's own limits, newest first, and where to go on, None at the end."""
        return self._page(key_id, items.OWN, size, after, search)

    def page_below(self, list_of: str, size: int, after: str | None, search: Search) -> Page:
        """As `own_page`, of requests for keys that were below a key, or of `OPERATORS` for all keys."""
        return self._page(list_of, items.BELOW, size, after, search)

    def asked_below_since(self, list_of: str, since: datetime, most: int) -> int:
        """How many were asked below a key since a moment, counted up to `most`."""
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="key_id = :key AND alert BETWEEN :low AND :high",
            ExpressionAttributeValues=_span(list_of, items.BELOW, rfc3339(since), "~"),
            ConsistentRead=True,
            Select="COUNT",
            Limit=most,
        )
        count: int = answer["Count"]
        return count

    def _page(self, list_of: str, kind: str, size: int, after: str | None, search: Search) -> Page:
        """It reads `_MAX_READS` times at most, so a page may be short, or empty, though others follow."""
        found: list[BudgetRequest] = []
        low = "" if search.asked_since is None else rfc3339(search.asked_since)
        below = after or "~"
        for _ in range(_MAX_READS):
            answer: Any = self.client.query(
                TableName=self.table,
                KeyConditionExpression="key_id = :key AND alert BETWEEN :low AND :high",
                ExpressionAttributeValues=_span(list_of, kind, low, below),
                ConsistentRead=True,
                ScanIndexForward=False,
                Limit=_READ_AT_ONCE,
            )
            places = [plain(each)["alert"].removeprefix(kind) for each in answer["Items"]]
            requests = self._get_all([items.id_at(each) for each in places if each != after])
            matching = search.chosen(requests)
            found += matching
            if len(found) > size or (len(found) == size and "LastEvaluatedKey" in answer):
                return found[:size], items.list_place(found[size - 1])
            if "LastEvaluatedKey" not in answer:
                return found, None
            after = below = places[-1]
        return found, below

    def _get_all(self, request_ids: Sequence[str]) -> list[BudgetRequest]:
        """In the order of the ids."""
        places = [place for place in map(place_of, request_ids) if place is not None]
        keys = [{"key_id": place.key_id, "alert": items.request_name(place)} for place in places]
        read = map(items.to_request, dynamodb.get_batch(self.client, self.table, keys, ConsistentRead=True))
        found = {each.place: each for each in read}
        return [found[place] for place in places if place in found]


def _span(list_of: str, kind: str, low: str, high: str) -> Item:
    return values({":key": list_of, ":low": f"{kind}{low}", ":high": f"{kind}{high}"})
