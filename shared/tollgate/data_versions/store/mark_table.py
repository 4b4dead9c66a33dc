"""The mark of a stack's data version: an item of the catalog table, restored along with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_wire.attribute_values import values
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import suppress_failed_condition
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.data_versions.data_versions import DATA_VERSION, OLDEST_READER, DataMark, DataNewerError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

KEY: Final = {"kind": "data", "id": "version"}


@dataclass(frozen=True, slots=True)
class MarkTable:
    client: DynamoDBClient
    table: str

    def get(self) -> DataMark | None:
        """None until this or later code has run for some minutes."""
        stored = dynamodb.get(self.client, self.table, **KEY)
        return to_mark(stored) if stored else None

    def require_readable(self) -> None:
        """Raises `DataNewerError`."""
        mark = self.get()
        if mark is not None and not mark.is_readable:
            raise DataNewerError(mark)

    def note(self, now: datetime) -> None:
        """Notes that this code stores, unless later code has done so; raises `DataNewerError`."""
        mark = self.get()
        if mark is None or mark.version < DATA_VERSION:
            with suppress_failed_condition():  # somebody else was first
                self.client.put_item(
                    TableName=self.table,
                    Item=dynamodb.item(to_item(DataMark(DATA_VERSION, OLDEST_READER, now))),
                    ConditionExpression="attribute_not_exists(#version) OR #version < :version",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues=values({":version": DATA_VERSION}),
                )
        elif not mark.is_readable:
            raise DataNewerError(mark)


def to_item(mark: DataMark) -> Item:
    return {**KEY, "version": mark.version, "reader": mark.reader, "since": rfc3339(mark.since)}


def to_mark(stored: Mapping[str, Any]) -> DataMark:
    return DataMark(int(stored["version"]), int(stored["reader"]), from_rfc3339(stored["since"]))
