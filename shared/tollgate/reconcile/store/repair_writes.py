"""Repairs in the keys table, each one conditional write that takes its audit entry along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_wire.errors import ServiceError
from tollgate.audit.store import audit_table as audit
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws.dynamodb import condition_failed, epoch, image_of_failure
from tollgate.aws.update_expression import Update
from tollgate.conflicts import EditConflictError
from tollgate.keys.store.key_writes import PENDING_AUDIT
from tollgate.keys.store.keys_table import KeysTable
from tollgate.reconcile.reconciliation import Counter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.audit.entry import Change
    from tollgate.reconcile.repairs import Repair


def apply(client: DynamoDBClient, keys_table: str, audit_table: str, repair: Repair, change: Change) -> None:
    """Makes a repair and notes it, both once; raises `EditConflictError` if the scope was edited meanwhile.

    Requests may go on: what they add to the counters is added to the right ones.
    """
    noted = AuditTable(client, audit_table)
    keys = KeysTable(client, keys_table, noted)
    keys.append_audit(repair.seen.key_id)
    try:
        client.update_item(**repairing(keys_table, repair, change).request())
    except ServiceError as error:
        if not condition_failed(error):
            raise
        # A retry whose first try has applied finds its own change.
        image = image_of_failure(error) or {}
        if image.get(PENDING_AUDIT, {}).get("id") != change.id and not noted.has(change):
            raise EditConflictError from error
    keys.append_audit(repair.seen.key_id)


def repairing(table: str, repair: Repair, change: Change) -> Update:
    seen = repair.seen
    update = Update(table, key_id=seen.key_id)
    update.require_as_seen("revision", seen.revision)
    update.require(f"attribute_not_exists({PENDING_AUDIT})")
    if repair.touches_quota:
        update.require_as_seen("quota_starts_at", epoch(seen.quota.starts_at))
    if Counter.PACKS_LEFT in repair.additions:
        # Which packs are in the sum.
        update.require_as_seen("changes_at", epoch(seen.changes_at) if seen.changes_at else None)
    update.value(":one", 1)
    update.set("#revision = #revision + :one")
    for counter, addition in repair.additions.items():
        update.value(f":{counter}", addition)
        update.set(f"{counter} = {counter} + :{counter}")
    pending = {name: value for name, value in audit.to_item(change).items() if value is not None}
    update.put(PENDING_AUDIT, pending)
    return update
