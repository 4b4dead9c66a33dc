"""The writes that edit keys: what each one changes, and on what condition.

An edit names only the attributes it changes and moves counters by differences, so that it can't overwrite
what requests in flight do to the same item. Along with it goes its audit entry, as `pending_audit`, which
stays until it has been appended to the audit table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tollgate import money
from tollgate.audit.store import audit_table
from tollgate.aws.dynamodb import epoch
from tollgate.aws.update_expression import Update
from tollgate.clock import rfc3339
from tollgate.ledger.key_settings import SETTINGS
from tollgate.ledger.store import scope_items
from tollgate.ledger.store.billing import quota_part_writes
from tollgate.ledger.store.policies import advance_writes

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.audit.entry import Change
    from tollgate.aws.dynamodb import Item
    from tollgate.keys.settings_edit import Edit, Reset
    from tollgate.ledger.scopes import Advance, Scope

PENDING_AUDIT = "pending_audit"
# What an edit decides beside settings: until when a limit is raised, and by which of how many steps.
_SETTINGS = (*(setting.attribute for setting in SETTINGS), "raises", "steps_taken")


def changed_settings(before: Scope, after: Scope) -> Item:
    """The attributes that an edit changes; None where one goes away."""
    old, new = scope_items.to_item(before), scope_items.to_item(after)
    return {name: new[name] for name in _SETTINGS if new[name] != old[name]}


def editing(table: str, edit: Edit, change: Change | None) -> Update:
    """Gives a scope other settings."""
    update = on_revision(table, edit.seen, edit.after.updated_at, change)
    for name, value in changed_settings(edit.seen, edit.after).items():
        update.put(name, value)
    # What has changed by time meanwhile is stored before what has been edited.
    update.require_as_seen("changes_at", _moment(edit.seen.changes_at))
    if edit.after.changes_at != edit.seen.changes_at:
        update.put("changes_at", _moment(edit.after.changes_at))
    if edit.raised:
        update.value(":raised", edit.raised)
        update.set("budget_available = budget_available + :raised")
    if edit.clears_rates:
        update.put("rates", {})
    if edit.seen.downgrade is not None and edit.after.downgrade is None:
        # A policy that is given later begins anew.
        update.remove("downgrading")
    if edit.quota is not None:
        _begin_quota(update, edit.seen, scope_items.quota_to_item(edit.quota))
    else:
        _change_quota(update, edit)
    return update


def _change_quota(update: Update, edit: Edit) -> None:
    """In the midst of a window."""
    available = money.total([edit.quota_raised, edit.overage_raised])
    if edit.quota_raised:
        update.value(":quota_raised", edit.quota_raised)
        update.set("quota_allowance = quota_allowance + :quota_raised")
    if available:
        update.value(":quota_freed", available)
        update.set("quota_available = quota_available + :quota_freed")
    if edit.begins_metering:
        update.require_as_seen("quota_used", edit.seen.quota.used)
        quota_part_writes.require_as_seen(update, edit.seen.quota)
        update.put("quota_parts", list(edit.parts_so_far))


def resetting(table: str, reset: Reset, at: datetime, change: Change | None) -> Update:
    """Takes off what a scope was seen to have used."""
    update = on_revision(table, reset.seen, at, change)
    update.value(":budget", reset.budget)
    update.set(
        "budget_used = budget_used - :budget",
        "budget_available = budget_available + :budget",
        "budget_reset = budget_reset + :budget",
    )
    if reset.quota:
        update.require_as_seen("quota_starts_at", epoch(reset.seen.quota.starts_at))
        update.value(":quota", reset.quota)
        update.set(
            "quota_used = quota_used - :quota",
            "quota_available = quota_available + :quota",
            "quota_reset = quota_reset + :quota",
        )
        # With what was used, what of it was included and metered is no more; what is meanwhile stays.
        included, metered = reset.parts
        if included or metered:
            quota_part_writes.add(update, reset.seen.quota, -included, -metered)
    return update


def deleting(table: str, seen: Scope) -> dict[str, Any]:
    """Takes a key away, if no edit and no request has come since it was seen: the part of a transaction.

    The audit entry of the edit before must have been appended.
    """
    conditions = [
        "revision = :revision",
        "attribute_not_exists(last_used_at)",
        *(f"{used} = :zero" for used in ("budget_used", "budget_reset", "quota_used", "quota_reset")),
        "size(holds) = :zero",
        "size(closed) = :zero",
    ]
    return {
        "TableName": table,
        "Key": values({"key_id": seen.key_id}),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeValues": values({":revision": seen.revision, ":zero": 0}),
    }


def fencing(table: str, seen: Scope) -> Update:
    """Counts a revision and changes nothing: edits under way that have read the one before begin again."""
    update = Update(table, key_id=seen.key_id)
    _count_revision(update, seen)
    return update


def advancing(table: str, advance: Advance) -> Update:
    """Stores what time has made of a scope."""
    update = Update(table, key_id=advance.seen.key_id)
    advance_writes.carry(update, advance, money.ZERO)
    return update


def _moment(at: datetime | None) -> Decimal | None:
    return epoch(at) if at else None


def clearing_audit(table: str, key_id: str, change_id: str) -> Update:
    """Forgets a change that has been appended to the audit table."""
    update = Update(table, key_id=key_id)
    update.value(":change", change_id)
    update.require(f"{PENDING_AUDIT}.id = :change")
    update.remove(PENDING_AUDIT)
    return update


def on_revision(table: str, seen: Scope, at: datetime, change: Change | None) -> Update:
    """An edit of the revision that was seen; one whose audit entry is not appended yet waits for that."""
    update = Update(table, key_id=seen.key_id)
    _count_revision(update, seen)
    update.require(f"attribute_not_exists({PENDING_AUDIT})")
    update.put("updated_at", rfc3339(at))
    if change is not None:
        update.put(PENDING_AUDIT, audit_table.to_item(change))
    return update


def _count_revision(update: Update, seen: Scope) -> None:
    update.require_as_seen("revision", seen.revision)
    update.value(":one", 1)
    update.set("#revision = #revision + :one")


def _begin_quota(update: Update, seen: Scope, new: Item) -> None:
    """The new window was computed from the holds and what was used: they must be as they were seen."""
    old = scope_items.to_item(seen)
    for attribute in ("holds", "quota_used", "quota_starts_at"):
        update.require_as_seen(attribute, old[attribute])
    for attribute in scope_items.WINDOW_ATTRIBUTES:
        update.put(attribute, new[attribute])
