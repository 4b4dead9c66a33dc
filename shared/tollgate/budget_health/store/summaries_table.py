"""Keys' budget summaries in the costs table: one item per key, all in one partition.

Who writes one reads its revision first, then the key, and puts what it saw if the revision is
still the same. So whoever has written last has seen the key later than all who had written before, and what
a slow or repeated writer has seen replaces nothing newer, whatever order the stream's batches come in. For
that, whoever was told of a change writes, also what is there already.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import epoch, moment, wire_pages
from tollgate.aws.transactions import put_revision
from tollgate.budget_health.states import BudgetState
from tollgate.budget_health.summaries import BudgetSummary, WindowSummary
from tollgate.clock import utc_now
from tollgate.conflicts import EditConflictError
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import KeyStatus, Priority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.clock import Clock
    from tollgate.ledger.scopes import Scope

_PARTITION = "standing#keys"
_TOTAL, _QUOTA = "total", "quota"
# How often a summary is made anew because somebody else has come between.
_TRIES = 10
# For how long a deleted key's item stays: longer than any writer can be late.
_KEPT = timedelta(days=1)


class Keys(Protocol):
    def get(self, key_id: str) -> Scope | None:
        """A key, read consistently."""


@dataclass(frozen=True, slots=True)
class SummariesTable:
    client: DynamoDBClient
    table: str

    def all(self) -> dict[str, BudgetSummary]:
        """Every key's, by its id: a page holds about 5,000. Some may be a moment old."""
        return {each["dimension_value"]["S"]: _to_summary(each) for each in self._items()}

    def seen(self, key_id: str) -> tuple[BudgetSummary | None, int]:
        """A key's summary and its revision, 0 if it never had one."""
        answer: Any = self.client.get_item(
            TableName=self.table, Key=values(_key(key_id)), ConsistentRead=True
        )
        wire = answer.get("Item")
        if wire is None:
            return None, 0
        return None if "status" not in wire else _to_summary(wire), int(wire["revision"]["N"])

    def put(self, key_id: str, summary: BudgetSummary, seen: int) -> None:
        """Raises `EditConflictError` if the revision is another one than was seen."""
        put_revision(self.client, self.table, {**_key(key_id), **_from_summary(summary)}, seen)

    def remove(self, key_id: str, seen: int, at: datetime) -> None:
        """Leaves an item without a summary, which expires; raises `EditConflictError`."""
        gone = {**_key(key_id), "expires_at": int((at + _KEPT).timestamp())}
        put_revision(self.client, self.table, gone, seen)

    def _items(self) -> Iterator[Any]:
        """Not made into plain values, which would take longer than all the rest."""
        request: Any = {
            "TableName": self.table,
            "KeyConditionExpression": "dimension_period = :partition",
            "ExpressionAttributeValues": values({":partition": _PARTITION}),
        }
        return (each for each in wire_pages(self.client.query, **request) if "status" in each)


@dataclass(frozen=True, slots=True)
class SummaryWriter:
    """Writes down how keys stand."""

    keys: Keys
    table: SummariesTable
    clock: Clock = utc_now

    def note(self, key_id: str) -> None:
        """Writes down how a key stands now, or that it is gone."""
        for _ in range(_TRIES):
            _, revision = self.table.seen(key_id)
            scope = self.keys.get(key_id)
            try:
                if scope is None:
                    self.table.remove(key_id, revision, self.clock())
                else:
                    self.table.put(key_id, BudgetSummary.of(scope, self.clock()), revision)
            except EditConflictError:
                continue
            return
        message = f"The budget summary of {key_id} changed {_TRIES} times in between."
        raise RuntimeError(message)

    def reconcile(self, scopes: Mapping[str, Scope], until: datetime) -> int:
        """Compares summaries with all keys, and notes those anew that differ; returns how many.

        None is begun after `until`.
        """
        now = self.clock()
        stored = self.table.all()
        wrong = [
            *(key_id for key_id, each in scopes.items() if stored.get(key_id) != BudgetSummary.of(each, now)),
            *(stored.keys() - scopes.keys()),
        ]
        noted = 0
        for key_id in wrong:
            if self.clock() >= until:
                break
            self.note(key_id)
            noted += 1
        return noted


def _key(key_id: str) -> dict[str, str]:
    return {"dimension_period": _PARTITION, "dimension_value": key_id}


def _from_summary(summary: BudgetSummary) -> Item:
    budgets = {_TOTAL if each.window == _TOTAL else _QUOTA: _from_budget(each) for each in summary.budgets}
    until = epoch(summary.expires_at) if summary.expires_at else None
    # Not `expires_at`: at that the table's items vanish.
    priority = None if summary.priority is Priority.NORMAL else summary.priority.value
    return {"status": summary.status.value, "valid_until": until, "priority": priority, **budgets}


def _from_budget(budget: WindowSummary) -> Item:
    stored: Item = {"window": budget.window, "state": budget.state.value}
    if budget.percent is not None:
        stored["percent"] = budget.percent
    if budget.resets_at is not None:
        stored |= {"resets_at": epoch(budget.resets_at), "following": budget.following.value}
    if budget.percent_then is not None:
        stored["percent_then"] = budget.percent_then
    return stored


def _to_summary(wire: Any) -> BudgetSummary:
    return BudgetSummary(
        KeyStatus(wire["status"]["S"]),
        _moment(wire.get("valid_until")),
        tuple(_to_budget(wire[name]["M"]) for name in (_TOTAL, _QUOTA) if name in wire),
        Priority(wire["priority"]["S"]) if "priority" in wire else Priority.NORMAL,
    )


def _to_budget(wire: Any) -> WindowSummary:
    return WindowSummary(
        wire["window"]["S"],
        BudgetState(wire["state"]["S"]),
        int(Decimal(wire["percent"]["N"])) if "percent" in wire else None,
        _moment(wire.get("resets_at")),
        BudgetState(wire["following"]["S"]) if "following" in wire else BudgetState.FINE,
        int(Decimal(wire["percent_then"]["N"])) if "percent_then" in wire else None,
    )


def _moment(wire: Any) -> datetime | None:
    return None if wire is None else moment(Decimal(wire["N"]))
