"""Admin identities: items of the catalog table, written together with their audit entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from tollgate.admins.admins import Admin, Role
from tollgate.aws import dynamodb
from tollgate.aws.transactions import put_revision
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.audit.entry import Change
    from tollgate.audit.store.audit_table import AuditTable
    from tollgate.aws.dynamodb import Item

_KIND = "admin"


@dataclass(frozen=True, slots=True)
class AdminTable:
    client: DynamoDBClient
    table: str
    audit: AuditTable

    def get(self, admin_id: str) -> Admin | None:
        """Read consistently: one who was revoked is out at once."""
        stored = dynamodb.get(self.client, self.table, kind=_KIND, id=admin_id)
        return _to_admin(stored) if stored else None

    def page(self, size: int, after: str | None) -> tuple[list[Admin], str | None]:
        """At most `size` identities by their ids, and where to go on, None at the end."""
        start: dict[str, Any] = (
            {"ExclusiveStartKey": values({"kind": _KIND, "id": after})} if after is not None else {}
        )
        answer: Any = self.client.query(
            TableName=self.table,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues=values({":kind": _KIND}),
            ConsistentRead=True,
            Limit=size,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        return [_to_admin(plain(found)) for found in answer["Items"]], plain(last)["id"] if last else None

    def add(self, admin: Admin, change: Change) -> None:
        put_revision(self.client, self.table, _from_admin(admin), 0, self.audit.put_write(change))

    def replace(self, edited: Admin, change: Change) -> Admin:
        """Stores an edited identity under the next revision; raises `EditConflictError`."""
        noted = self.audit.put_write(change)
        put_revision(self.client, self.table, _from_admin(edited), edited.revision, noted)
        return replace(edited, revision=edited.revision + 1)


def _from_admin(admin: Admin) -> Item:
    """Without the revision, which is given as it is put."""
    return {
        "kind": _KIND,
        "id": admin.id,
        "name": admin.name,
        "role": admin.role.value,
        "secret_hash": admin.secret_hash,
        "token_issued_at": rfc3339(admin.token_issued_at),
        "created_at": rfc3339(admin.created_at),
        "updated_at": rfc3339(admin.updated_at),
        "expires_at": _text(admin.expires_at),
        "revoked_at": _text(admin.revoked_at),
    }


def _to_admin(stored: Mapping[str, Any]) -> Admin:
    return Admin(
        id=stored["id"],
        name=stored["name"],
        role=Role(stored["role"]),
        secret_hash=stored["secret_hash"],
        token_issued_at=from_rfc3339(stored["token_issued_at"]),
        created_at=from_rfc3339(stored["created_at"]),
        updated_at=from_rfc3339(stored["updated_at"]),
        expires_at=_moment(stored.get("expires_at")),
        revoked_at=_moment(stored.get("revoked_at")),
        revision=int(stored["revision"]),
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_rfc3339(text)
