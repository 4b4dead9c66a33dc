"""Sums of a closed day put right by what its usage records add up to, and those of its month with them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire.errors import ServiceError
from tollgate import money
from tollgate.aws import dynamodb
from tollgate.costs.aggregates import ALL, Dimension
from tollgate.costs.store import cost_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.costs.aggregates import Aggregate, Tally

# An item's figures by name.
Figures = dict[str, Decimal]


class SumsChangedError(Exception):
    """Sums of the day have changed since they were read. To begin again is all that it takes."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What an item of a day, by its partition and sort key, has, and what it must have."""

    address: tuple[str, str]
    found: Figures
    expected: Figures

    @property
    def difference(self) -> Figures:
        with money.exact():
            every = {
                name: self.expected.get(name, Decimal()) - self.found.get(name, Decimal())
                for name in {**self.found, **self.expected}
            }
        return {name: number for name, number in every.items() if number}


@dataclass(frozen=True, slots=True)
class DayCorrections:
    """Of one day, which is closed. To be made before the day's records are read.

    While a correction is made, another record of the day may be added (`marked_records`). It adds to the
    day's total, too: so each write has the condition that this is as it was in the beginning.
    """

    client: DynamoDBClient
    table: str
    day: str
    total: Figures

    @classmethod
    def of(cls, client: DynamoDBClient, table: str, day: str) -> DayCorrections:
        key = cost_items.key(*_total(day))
        found: Any = client.get_item(TableName=table, Key=key, ConsistentRead=True)
        return cls(client, table, day, _figures(found.get("Item", {})))

    def needed(self, sums: Mapping[Aggregate, Tally], stored: Iterable[Aggregate]) -> list[Correction]:
        """Where the day's sums, those that are stored included, are not what they must be.

        First what is within another value, which is found by that this differs, and the total last.
        """
        expected: dict[tuple[str, str], Figures] = defaultdict(dict)
        for aggregate, tally in sums.items():
            added = cost_items.additions(aggregate, tally)
            expected[cost_items.address(aggregate)] |= {name: Decimal(number) for name, number in added}
        addresses = {*expected, *map(cost_items.address, stored)}
        keys = [cost_items.key(*address) for address in sorted(addresses)]
        items = dynamodb.get_wire_batch(self.client, self.table, keys, ConsistentRead=True)
        found = {cost_items.address_of(each): _figures(each) for each in items}
        every = [
            Correction(address, found.get(address, {}), expected.get(address, {}))
            for address in sorted(addresses, key=self._rank)
        ]
        return [each for each in every if each.difference]

    def _rank(self, address: tuple[str, str]) -> tuple[bool, bool, tuple[str, str]]:
        return address == _total(self.day), not cost_items.is_within(address), address

    def make(self, correction: Correction) -> None:
        """Corrects a sum of the day and its month's in one transaction. Raises `SumsChangedError`."""
        partition, value = correction.address
        month = partition.removesuffix(self.day) + self.day[: len("2026-11")]
        own = self._update(partition, value, correction.difference, correction.found)
        writes = [own, self._update(month, value, correction.difference)]
        if correction.address != _total(self.day):
            writes.append(self._total_unchanged())
        try:
            self.client.transact_write_items(TransactItems=writes)
        except ServiceError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            message = f"Sums of {self.day} have changed meanwhile. Replay it again."
            raise SumsChangedError(message) from error

    def _update(self, partition: str, value: str, difference: Figures, found: Figures | None = None) -> Any:
        figures = {name: str(number) for name, number in difference.items()}
        update: dict[str, Any] = {
            "TableName": self.table,
            "Key": cost_items.key(partition, value),
            "UpdateExpression": cost_items.adding(figures),
            "ExpressionAttributeValues": cost_items.added(figures),
        }
        if found is not None:
            self._require(update, {name: found.get(name) for name in difference})
        return {"Update": update}

    def _total_unchanged(self) -> Any:
        check: dict[str, Any] = {
            "TableName": self.table,
            "Key": cost_items.key(*_total(self.day)),
            "ExpressionAttributeValues": {},
        }
        self._require(check, {"requests": self.total.get("requests")})
        if not check["ExpressionAttributeValues"]:
            del check["ExpressionAttributeValues"]
        return {"ConditionCheck": check}

    @staticmethod
    def _require(request: dict[str, Any], figures: Mapping[str, Decimal | None]) -> None:
        conditions = []
        for name, number in figures.items():
            if number is None:
                conditions.append(f"attribute_not_exists({name})")
            else:
                conditions.append(f"{name} = :was_{name}")
                request["ExpressionAttributeValues"][f":was_{name}"] = {"N": str(number)}
        request["ConditionExpression"] = " AND ".join(conditions)


def _total(day: str) -> tuple[str, str]:
    return cost_items.partition(Dimension.TOTAL, day), ALL


def _figures(stored: Item) -> Figures:
    return {name: Decimal(value["N"]) for name, value in stored.items() if "N" in value}
