"""Whether keys, records and sums say the same of calls as who made them: no cent lost, none charged twice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.reconcile.store.reconciliation_run import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATES = ("succeeded", "failed", "abandoned")


@dataclass(frozen=True)
class Books:
    """Of a root key and the keys right below it.

    `charged` is what records add up to in USD, `used` what the root key counts; `open` are holds, `drifts`
    the counters that differ from the records.
    """

    records: int
    by_outcome: dict[str, int]
    charged: Decimal
    used: Decimal
    open: int
    drifts: int


def read(client: Any, tables: Mapping[str, str], root_id: str) -> Books:
    records = [
        item
        for item in dynamodb.pages(client.scan, TableName=tables["UsageTable"], ConsistentRead=True)
        if root_id in item["scopes"]
    ]
    keys = {
        item["key_id"]: item
        for item in dynamodb.pages(client.scan, TableName=tables["KeysTable"], ConsistentRead=True)
        if "secret_hash" in item and root_id in {item["key_id"], item.get("parent_id")}
    }
    report = Reconciliation(client, tables["KeysTable"], tables["UsageTable"]).run(list(keys))
    return Books(
        records=len(records),
        by_outcome={state: sum(1 for each in records if each["outcome"] == state) for state in _STATES},
        charged=sum((each["calculated_cost"] for each in records), Decimal(0)),
        used=keys[root_id]["budget_used"],
        open=sum(len(each["holds"]) for each in keys.values()),
        drifts=len(report.drifts),
    )


def faults(books: Books, calls: int, cost_of_a_call: Decimal) -> list[str]:
    """What isn't as it must be after so many calls that were all answered; empty if all is well."""
    wanted = {
        "records": (books.records, calls),
        "records of calls that succeeded": (books.by_outcome["succeeded"], calls),
        "USD charged by records": (books.charged, calls * cost_of_a_call),
        "USD that the root key counts": (books.used, calls * cost_of_a_call),
        "open holds": (books.open, 0),
        "counters that drift": (books.drifts, 0),
    }
    return [f"{what}: {found}, not {right}" for what, (found, right) in wanted.items() if found != right]
