"""What a settlement does to a pack of a key, without a call."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate.aws.dynamodb import suppress_failed_condition

if TYPE_CHECKING:
    from tollgate.keys.store.keys_table import KeysTable

_SUMS = ("packs_left", "budget_available", "quota_available")


def draw(keys: KeysTable, key_id: str, pack_id: str, amount: str) -> bool:
    """Takes so much off a pack that is in the key's sum; false if it isn't, or not so much is left.

    As an assignment does, by a key that was read before: if its packs are others by then, it reads again.
    """
    while True:
        seen = keys.get(key_id)
        pack = seen.packs.get(pack_id) if seen else None
        if (
            seen is None
            or pack is None
            or not pack.is_counted(seen.changes_at)
            or pack.left < Decimal(amount)
        ):
            return False
        update: dict[str, Any] = {
            "TableName": keys.table,
            "Key": values({"key_id": key_id}),
            "UpdateExpression": "SET #packs.#pack[0] = #packs.#pack[0] - :drawn, "
            + ", ".join(f"{name} = {name} - :drawn" for name in _SUMS),
            "ConditionExpression": "#packs.#pack[0] >= :drawn AND revision = :revision",
            "ExpressionAttributeNames": {"#packs": "packs", "#pack": pack_id},
            "ExpressionAttributeValues": values({":drawn": Decimal(amount), ":revision": seen.revision}),
        }
        with suppress_failed_condition():
            keys.client.update_item(**update)
            return True
