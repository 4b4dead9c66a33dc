"""The write that assigns who pays for a request at a scope, and what of it a closing gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.aws.update_expression import Update
from tollgate.ledger.store import hold_items, scope_items
from tollgate.ledger.store.billing import quota_part_writes
from tollgate.ledger.store.billing.pack_items import FREE, LEFT

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.ledger.billing.assignments import Assignment, DrawChange
    from tollgate.ledger.holds import HoldForm
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.settlements import HoldClosing


def assigning(table: str, assigned: Assignment, form: HoldForm) -> Update:
    """Notes in a request's hold who pays for it, and has them pay.

    It fails if the hold is not as it was seen, so that it applies once. Of packs it needs no more than that
    enough is left, unless one was drawn to the end: settlements at the same time don't fail each other.
    """
    seen = assigned.seen
    update = Update(table, key_id=seen.key_id)
    update.name("#request", assigned.request_id)
    update.value(":held", hold_items.stored_form(seen.holds, assigned.request_id))
    update.require("holds.#request = :held")
    update.value(":assigned", hold_items.hold_to_item(assigned.after, form))
    update.set("holds.#request = :assigned")
    # Which packs there are, on which terms, and what the quota's limit is.
    update.require_as_seen("revision", seen.revision)
    update.require_as_seen("quota_starts_at", epoch(seen.quota.starts_at))
    for number, draw in enumerate(assigned.draws):
        _draw(update, seen, draw, number)
    if assigned.counted:
        update.require_as_seen("changes_at", epoch(seen.changes_at) if seen.changes_at else None)
        update.value(":counted", assigned.counted)
        update.set("packs_left = packs_left - :counted")
    if not assigned.in_window:
        _assign_late(update, assigned)
    elif assigned.parts.included is not None:
        _assign_parts(update, assigned)
    return update


def give_back(update: Update, change: HoldClosing) -> None:
    """Has a closing give back to packs and to the quota what its record doesn't take."""
    for number, each in enumerate(change.returned):
        update.name(f"#pack{number}", each.pack_id)
        if each.left:
            update.value(f":left{number}", each.left)
            update.set(f"packs.#pack{number}[{LEFT}] = packs.#pack{number}[{LEFT}] + :left{number}")
        if each.free:
            update.value(f":free{number}", each.free)
            update.set(f"packs.#pack{number}[{FREE}] = packs.#pack{number}[{FREE}] + :free{number}")
    if change.recounted:
        seen = change.seen
        update.require_as_seen("changes_at", epoch(seen.changes_at) if seen.changes_at else None)
        update.value(":recounted", change.recounted)
        update.set("packs_left = packs_left + :recounted")
    if change.regained is not None:
        included, metered = change.regained
        quota_part_writes.add(update, change.seen.quota, -included, -metered)


def _draw(update: Update, seen: Scope, draw: DrawChange, number: int) -> None:
    pack, place = seen.packs[draw.pack_id], f"packs.#pack{number}"
    update.name(f"#pack{number}", draw.pack_id)
    if draw.drawn:
        update.value(f":draw{number}", draw.drawn)
        update.set(f"{place}[{LEFT}] = {place}[{LEFT}] - :draw{number}")
        if draw.is_exact:
            update.value(f":left{number}", pack.left)
            update.require(f"{place}[{LEFT}] = :left{number}")
        else:
            update.require(f"{place}[{LEFT}] >= :draw{number}")
    if pack.free is not None and draw.taken:
        update.value(f":taken{number}", draw.taken)
        update.set(f"{place}[{FREE}] = {place}[{FREE}] - :taken{number}")
        if draw.is_exact:
            update.value(f":free{number}", pack.free)
            update.require(f"{place}[{FREE}] = :free{number}")
        else:
            update.require(f"{place}[{FREE}] >= :taken{number}")


def _assign_parts(update: Update, assigned: Assignment) -> None:
    """Counts what the quota includes, never more than its allowance, and what is metered."""
    parts, quota = assigned.parts, assigned.seen.quota
    included, metered = parts.included or money.ZERO, parts.metered or money.ZERO
    update.require_as_seen("quota_allowance", quota.allowance)
    quota_part_writes.add(update, quota, included, metered)
    if not (quota.included or quota.metered):
        return
    if metered:
        # All that is left was included, so that what is left must be what it was.
        update.value(":seen_included", quota.included)
        update.require("quota_parts[0] = :seen_included")
    elif included:
        update.value(":most", money.difference(quota.allowance, included))
        update.require("quota_parts[0] <= :most")


def _assign_late(update: Update, assigned: Assignment) -> None:
    """Of a past window the hold isn't among what the present one holds, yet packs are less by their draws."""
    available: Decimal = money.difference(money.ZERO, assigned.counted)
    if assigned.quota is not None:
        seen, late = assigned.seen.quota, assigned.quota
        old, new = scope_items.quota_to_item(seen), scope_items.quota_to_item(late)
        for attribute in ("quota_past", "quota_allowance"):
            update.require_as_seen(attribute, old[attribute])
            update.put(attribute, new[attribute])
        available = money.total([available, money.difference(late.allowance, seen.allowance)])
    update.value(":late", available)
    update.set("quota_available = quota_available + :late")
