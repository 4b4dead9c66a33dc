"""Which key has an external id: a pointer for each, an item of the keys table that no request touches.

A pointer is made before its key gets the id, and goes when the key has another. One whose key has no such
id is stale: an edit is under way, or has died there.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, Protocol

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.transactions import is_conflict
from tollgate.conflicts import EditConflictError, ExternalIdTakenError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.scopes import Scope

logger = logging.getLogger(__name__)

_KIND = "external"


@dataclass(frozen=True, slots=True)
class ExternalIdPointer:
    """`mark` is another one whenever the pointer is written, be it for the same key."""

    external_id: str
    key_id: str
    mark: str


class Keys(Protocol):
    """The keys that pointers lead to."""

    def get(self, key_id: str) -> Scope | None: ...

    def fence(self, seen: Scope) -> Scope: ...


@dataclass(frozen=True, slots=True)
class ExternalIdTable:
    """Writes are optimistic: they raise `EditConflictError` if the pointer is not as it was seen."""

    client: DynamoDBClient
    table: str

    def get(self, external_id: str) -> ExternalIdPointer | None:
        found = dynamodb.get(self.client, self.table, key_id=_key(external_id))
        return ExternalIdPointer(external_id, found["key"], found["mark"]) if found else None

    def pointer_of(self, scope: Scope) -> ExternalIdPointer | None:
        """The pointer to a key by the external id that it has."""
        found = self.get(scope.external_id) if scope.external_id is not None else None
        return found if found and found.key_id == scope.key_id else None

    def claim(self, external_id: str, key_id: str, keys: Keys) -> None:
        """Points to a key that is about to get the id; raises `ExternalIdTakenError`."""
        try:
            self.client.put_item(**self._putting(external_id, key_id, keys))
        except ServiceError as error:
            if is_conflict(error):
                raise EditConflictError from error
            raise

    def claim_write(self, external_id: str, key_id: str, keys: Keys) -> dict[str, Any]:
        """As `claim`, as a part of a transaction."""
        return {"Put": self._putting(external_id, key_id, keys)}

    def drop_soon(self, former: ExternalIdPointer) -> None:
        """Drops a pointer whose key has another id by now, unless it has been written again.

        Should that fail, it is stale.
        """
        try:
            self.client.delete_item(**self._dropping(former))
        except Exception:
            logger.exception("The pointer from %s to %s stays", former.external_id, former.key_id)

    def drop_write(self, seen: ExternalIdPointer) -> dict[str, Any]:
        """The write as a part of a transaction."""
        return {"Delete": self._dropping(seen)}

    def _putting(self, external_id: str, key_id: str, keys: Keys) -> dict[str, Any]:
        seen = self.get(external_id)
        if seen is not None and seen.key_id != key_id:
            _require_stale(seen, keys)
        pointer = {
            "key_id": _key(external_id),
            "kind": _KIND,
            "key": key_id,
            "mark": secrets.token_hex(8),
        }
        request: dict[str, Any] = {"TableName": self.table, "Item": values(pointer)}
        if seen is None:
            return {**request, "ConditionExpression": "attribute_not_exists(key_id)"}
        return {**request, **_as_seen(seen)}

    def _dropping(self, seen: ExternalIdPointer) -> dict[str, Any]:
        return {"TableName": self.table, "Key": values({"key_id": _key(seen.external_id)}), **_as_seen(seen)}


def _require_stale(pointer: ExternalIdPointer, keys: Keys) -> None:
    """Raises `ExternalIdTakenError` if the key has the id; an edit that would give it to it begins again."""
    scope = keys.get(pointer.key_id)
    if scope is None:
        return
    if scope.external_id == pointer.external_id:
        raise ExternalIdTakenError(scope.key_id)
    keys.fence(scope)


def _key(external_id: str) -> str:
    return f"{_KIND}#{external_id}"


def _as_seen(seen: ExternalIdPointer) -> dict[str, Any]:
    return {
        "ConditionExpression": "mark = :seen",
        "ExpressionAttributeValues": values({":seen": seen.mark}),
    }
