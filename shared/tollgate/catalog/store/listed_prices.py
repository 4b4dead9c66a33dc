"""List prices in the catalog table, one item each, for models that only a wildcard stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import integer, item, pages
from tollgate.catalog.catalog import ModelType
from tollgate.catalog.store import price_items
from tollgate.catalog.wildcards import ListedPrice
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_KIND = "listed_price"


@dataclass(frozen=True, slots=True)
class ListedPrices:
    client: DynamoDBClient
    table: str

    def of(self, name: str) -> ListedPrice | None:
        """By the vendor's name of the model."""
        found = dynamodb.get(self.client, self.table, kind=_KIND, id=name)
        return _to_listed(found) if found else None

    def all(self) -> Iterator[ListedPrice]:
        stored = pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=values({":kind": _KIND}),
            ConsistentRead=True,
        )
        return map(_to_listed, stored)

    def put(self, listed: ListedPrice) -> None:
        self.client.put_item(TableName=self.table, Item=item(from_listed(listed)))


def from_listed(listed: ListedPrice) -> Item:
    return {
        "kind": _KIND,
        "id": listed.name,
        "vendor": listed.vendor.value,
        "type": listed.type.value,
        "prices": [price_items.to_item(version) for version in listed.prices],
        "context_limit": listed.context_limit,
        "output_limit": listed.output_limit,
    }


def _to_listed(stored: Mapping[str, Any]) -> ListedPrice:
    return ListedPrice(
        name=stored["id"],
        vendor=Vendor(stored["vendor"]),
        type=ModelType(stored["type"]),
        prices=tuple(price_items.to_version(version) for version in stored["prices"]),
        context_limit=integer(stored.get("context_limit")),
        output_limit=integer(stored.get("output_limit")),
    )
