"""Which days are closed: their live sums are in those of their day and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate.aws import dynamodb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"dimension_period": "closed", "dimension_value": "days"}


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """`through` is the last day that is closed; so are all before it. Parts of the next one may be."""

    client: DynamoDBClient
    table: str

    def through(self) -> str:
        """Empty before the first day was closed."""
        through, _ = self.progress("")
        return through

    def progress(self, day: str) -> tuple[str, set[str]]:
        """The last day that is closed, and which parts of a day are."""
        found: Mapping[str, Any] = dynamodb.get(self.client, self.table, **_KEY) or {}
        return found.get("through", ""), set(found["parts"]) if found.get("day") == day else set()

    def part_done(self, day: str, parts: set[str]) -> None:
        """Of a day that is being closed these parts are done. To lose that costs doing them again."""
        self._update("SET #day = :day, parts = :parts", {":day": day, ":parts": parts})

    def done(self, day: str) -> None:
        """All of the day is. One that is behind changes nothing."""
        with dynamodb.suppress_failed_condition():
            self._update(
                "SET through = :day", {":day": day}, "attribute_not_exists(through) OR through < :day"
            )

    def _update(self, update: str, values: Mapping[str, Any], condition: str | None = None) -> None:
        request: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if "#day" in update:
            request["ExpressionAttributeNames"] = {"#day": "day"}
        self.client.update_item(
            TableName=self.table,
            Key=attribute_values.values(_KEY),
            UpdateExpression=update,
            ExpressionAttributeValues=attribute_values.values(values),
            **request,
        )
