"""The move under way, one at most, in an item of the keys table that no request touches.

Moves wait for each other, so that no two of them make a cycle or pass the depth together. One whose process
died is completed by whoever comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.audit.store import audit_table
from tollgate.aws import dynamodb
from tollgate.aws.transactions import is_conflict
from tollgate.conflicts import EditConflictError
from tollgate.keys.moves import Move
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item

_KEY = "hierarchy"


@dataclass(frozen=True, slots=True)
class MoveState:
    """`revision` counts the moves that have begun, 0 before the first."""

    revision: int
    move: Move | None


@dataclass(frozen=True, slots=True)
class MoveTable:
    client: DynamoDBClient
    table: str

    def get(self) -> MoveState:
        found = dynamodb.get(self.client, self.table, key_id=_KEY)
        if found is None:
            return MoveState(0, None)
        return MoveState(int(found["revision"]), _to_move(found["move"]) if "move" in found else None)

    def begin(self, state: MoveState, move: Move) -> None:
        """Raises `EditConflictError` if another move has begun since."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": values({"key_id": _KEY}),
            "UpdateExpression": "SET #move = :move, #kind = :kind, #revision = :revision",
            "ConditionExpression": f"attribute_not_exists(#move) AND {_seen(state)}",
            "ExpressionAttributeNames": {"#move": "move", "#kind": "kind", "#revision": "revision"},
            "ExpressionAttributeValues": values(
                {
                    ":move": _to_item(move),
                    ":kind": _KEY,
                    ":revision": state.revision + 1,
                    **_seen_values(state),
                }
            ),
        }
        try:
            self.client.update_item(**request)
        except ServiceError as error:
            if is_conflict(error):
                raise EditConflictError from error
            raise

    def require_none_write(self, state: MoveState) -> dict[str, Any]:
        """As a part of a transaction: that no move has begun since."""
        check: dict[str, Any] = {
            "TableName": self.table,
            "Key": values({"key_id": _KEY}),
            "ConditionExpression": f"attribute_not_exists(#move) AND {_seen(state)}",
            "ExpressionAttributeNames": {"#move": "move", "#revision": "revision"},
        }
        if state.revision:
            check["ExpressionAttributeValues"] = values(_seen_values(state))
        return {"ConditionCheck": check}

    def require_write(self, move: Move) -> dict[str, Any]:
        """As a part of a transaction: that the move is still under way."""
        return {"ConditionCheck": self._on(move)}

    def end_write(self, move: Move) -> dict[str, Any]:
        """As a part of a transaction: the end of the move."""
        return {"Update": {**self._on(move), "UpdateExpression": "REMOVE #move"}}

    def _on(self, move: Move) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": values({"key_id": _KEY}),
            "ConditionExpression": "#move.id = :move",
            "ExpressionAttributeNames": {"#move": "move"},
            "ExpressionAttributeValues": values({":move": move.id}),
        }


def _seen(state: MoveState) -> str:
    return "#revision = :seen" if state.revision else "attribute_not_exists(#revision)"


def _seen_values(state: MoveState) -> Item:
    return {":seen": state.revision} if state.revision else {}


def _to_item(move: Move) -> Item:
    return {
        "id": move.id,
        "child": move.child_id,
        "from": move.from_id,
        "to": move.to_id,
        "change": audit_table.to_item(move.change),
    }


def _to_move(stored: Mapping[str, Any]) -> Move:
    return Move(
        id=stored["id"],
        child_id=stored["child"],
        from_id=stored["from"],
        to_id=stored["to"],
        change=audit_table.to_change(stored["change"]),
    )
