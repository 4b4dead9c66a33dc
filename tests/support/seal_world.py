"""Days of records and changes, sealed; and what somebody with the tables' credentials does to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from tests.support.builders import record
from tollgate import identifiers
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws.dynamodb import item
from tollgate.keys import api_keys
from tollgate.ledger.store import record_items
from tollgate.seals.store.day_items import DayItems
from tollgate.seals.store.seal_table import SealTable
from tollgate.seals.store.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.seals.day_seals import Kind, Name, Section
    from tollgate.seals.store.sealing import SealingReport

DAY = date(2026, 11, 20)
RETENTION = timedelta(days=400)
# When the first day may be sealed.
DUE = datetime(2026, 11, 23, 2, tzinfo=UTC)


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of the first day, or of one so many days later."""
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC) + timedelta(days=day)


def key_number(number: int) -> api_keys.ApiKey:
    return api_keys.ApiKey(f"key_{number:016}", "S" * 32)


@dataclass
class SealWorld:
    """`list_size` is small, so that few items make several leaf lists."""

    client: Any
    tables: Mapping[str, str]
    bucket: Any = None
    list_size: int = 4
    now: datetime = DUE
    changes: dict[str, Change] = field(default_factory=dict)

    @property
    def items(self) -> DayItems:
        return DayItems(self.client, self.tables["UsageTable"], self.tables["AuditTable"])

    @property
    def table(self) -> SealTable:
        return SealTable(self.client, self.tables["AuditTable"])

    def sealing(self, client: Any = None, **changes: Any) -> Sealing:
        made = Sealing(
            self.items,
            self.table,
            "tollgate-test",
            RETENTION.days,
            bucket=self.bucket,
            clock=lambda: self.now,
            list_size=self.list_size,
        )
        if client is not None:
            table = SealTable(client, self.tables["AuditTable"])
            items = DayItems(client, self.tables["UsageTable"], self.tables["AuditTable"])
            made = replace(made, table=table, items=items)
        return replace(made, **changes)

    def seal(self, days: int = 0) -> SealingReport:
        """At the moment when the day so many after the first may be sealed."""
        self.now = DUE + timedelta(days=days)
        return self.sealing().run()

    def spend(self, when: datetime, key: int = 1, **changes: Any) -> str:
        """Answers the request's id."""
        made = record(
            identifiers.request_id(when),
            key=key_number(key),
            created_at=when,
            completed_at=when,
            **changes,
        )
        stored = item(record_items.to_item(made, RETENTION))
        self.client.put_item(TableName=self.tables["UsageTable"], Item=stored)
        return made.request_id

    def edit(self, when: datetime, entity: str = "key_0000000000000001") -> str:
        """Answers the change's id."""
        change = Change.of(
            entity, ("key.update",), {"name": "a"}, {"name": "b"}, actor="admin", at=when, request_id=None
        )
        AuditTable(self.client, self.tables["AuditTable"]).put(change)
        self.changes[change.id] = change
        return change.id

    def busy_day(self, day: int = 0, records: int = 10) -> list[str]:
        """So many records of three keys, and a change; answers the records' ids in their order."""
        self.edit(at(day, 9))
        return [self.spend(at(day, 10, number), key=number % 3) for number in range(records)]

    def stored(self, request_id: str) -> dict[str, Any]:
        (found,) = (each for each in self.all_records() if each["request_id"] == request_id)
        return found

    def all_records(self) -> list[dict[str, Any]]:
        found = self.client.scan(TableName=self.tables["UsageTable"], ConsistentRead=True)["Items"]
        return [plain(each) for each in found]

    def overwrite(self, request_id: str, **attributes: Any) -> None:
        self.overwrite_with({**self.stored(request_id), **attributes})

    def overwrite_with(self, attributes: dict[str, Any]) -> None:
        self.client.put_item(TableName=self.tables["UsageTable"], Item=item(attributes))

    def remove(self, request_id: str) -> None:
        stored = self.stored(request_id)
        key = {name: stored[name] for name in ("key_id", "request_id")}
        self.client.delete_item(TableName=self.tables["UsageTable"], Key=values(key))

    def audit_items(self, entity: str) -> list[dict[str, Any]]:
        found = self.client.query(
            TableName=self.tables["AuditTable"],
            KeyConditionExpression="entity = :entity",
            ExpressionAttributeValues=values({":entity": entity}),
        )["Items"]
        return [plain(each) for each in found]

    def put_audit_item(self, attributes: dict[str, Any]) -> None:
        self.client.put_item(TableName=self.tables["AuditTable"], Item=values(attributes))

    def delete_audit_item(self, entity: str, place: str) -> None:
        key = values({"entity": entity, "at": place})
        self.client.delete_item(TableName=self.tables["AuditTable"], Key=key)

    def sealed_names(self, section: Section, day: date = DAY) -> list[Name]:
        """By the leaf lists of the seal."""
        stored = self.table.seal(day)
        assert stored is not None
        size = stored.seal.parts[section].size
        names: list[Name] = []
        number = 0
        while len(names) < size:
            found = self.table.leaf_list(day, section, number)
            assert found is not None
            names += [leaf.name for leaf in found.leaves]
            number += 1
        return names

    def names(self, kind: Kind, day: date = DAY) -> list[Name]:
        return list(self.items.names(kind, day))
