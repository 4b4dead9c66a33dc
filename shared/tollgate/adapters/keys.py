"""The keys table as admins use it: creating keys and editing their settings.

Spending is the ledger's. An edit names only the attributes it changes, so it can't overwrite what
requests in flight do to the same item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate import money
from tollgate.adapters import dynamodb, key_items
from tollgate.adapters.dynamodb import condition_failed, item, plain, values
from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.scopes import Scope


@dataclass(frozen=True, slots=True)
class KeysTable:
    client: DynamoDBClient
    table: str

    def add(self, scope: Scope) -> None:
        self.client.put_item(
            TableName=self.table,
            Item=item(key_items.to_item(scope)),
            ConditionExpression="attribute_not_exists(key_id)",
        )

    def get(self, key_id: str) -> Scope | None:
        found = dynamodb.get(self.client, self.table, key_id=key_id)
        return key_items.to_scope(found) if found else None

    def page(self, size: int, after: str | None) -> tuple[list[Scope], str | None]:
        """At most `size` keys, and where to go on, None at the end. In no particular order."""
        start: dict[str, Any] = {"ExclusiveStartKey": values({"key_id": after})} if after else {}
        answer = self.client.scan(TableName=self.table, Limit=size, **start)
        last = answer.get("LastEvaluatedKey")
        scopes = [key_items.to_scope(plain(found)) for found in answer["Items"]]
        return scopes, plain(last)["key_id"] if last else None

    def names(self, key_ids: Collection[str]) -> dict[str, str]:
        """The names of those keys that exist."""
        keys = [{"key_id": key_id} for key_id in sorted(key_ids)]
        found = dynamodb.get_batch(
            self.client,
            self.table,
            keys,
            ProjectionExpression="key_id, #name",
            ExpressionAttributeNames={"#name": "name"},
        )
        return {each["key_id"]: each["name"] for each in found}

    def edit(self, before: Scope, after: Scope) -> Scope:
        """Stores what differs between two versions of a scope; raises `EditConflictError`.

        A changed limit moves `budget_available` by the difference, whatever is spent meanwhile.
        """
        old, new = key_items.to_item(before), key_items.to_item(after)
        raised = money.difference(after.budget_limit or money.ZERO, before.budget_limit or money.ZERO)
        edit = _Edit({name: new[name] for name in new if new[name] != old[name]})
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=values({"key_id": before.key_id}),
                ConditionExpression="revision = :seen",
                UpdateExpression=edit.expression("budget_available = budget_available + :raised"),
                ExpressionAttributeNames=edit.names,
                ExpressionAttributeValues=values(
                    {**edit.values, ":seen": before.revision, ":raised": raised}
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if condition_failed(error):
                raise EditConflictError from error
            raise
        return key_items.to_scope(plain(answer["Attributes"]))


class _Edit:
    """An update expression that sets attributes, and removes those whose new value is None."""

    def __init__(self, changes: Mapping[str, Any]) -> None:
        self.names = {"#revision": "revision", **{f"#{name}": name for name in changes}}
        self.values = {
            ":one": 1,
            **{f":{name}": value for name, value in changes.items() if value is not None},
        }
        self._set = [f"#{name} = :{name}" for name, value in changes.items() if value is not None]
        self._remove = [f"#{name}" for name, value in changes.items() if value is None]

    def expression(self, also_set: str) -> str:
        remove = f" REMOVE {', '.join(self._remove)}" if self._remove else ""
        return f"SET {', '.join([*self._set, '#revision = #revision + :one', also_set])}{remove}"
