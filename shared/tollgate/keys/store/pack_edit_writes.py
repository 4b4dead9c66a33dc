"""The writes that add packs to a key's item and void them.

What is available moves by differences, and what a pack has left is taken from the item in the write itself,
so that calls may draw on it and be admitted meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.keys.store.key_writes import on_revision
from tollgate.ledger.store.billing.pack_items import EXPIRES_AT, LEFT, pack_to_item
from tollgate.ledger.windows import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.audit.entry import Change
    from tollgate.aws.update_expression import Update
    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.scopes import Scope

# By how much less the moments of two processes say that one came after the other.
CLOCKS_DIFFER = timedelta(seconds=10)
_MOMENT = timedelta(milliseconds=1)
# What a pack that is in effect for all models adds to.
_SUMS = ("budget_available", "quota_available")


class Addition(NamedTuple):
    """A pack that a key gets, and those that are taken out for they have `ended`, as they were filed."""

    pack_id: str
    pack: Pack
    ended: Mapping[str, Pack]


def adding(table: str, seen: Scope, addition: Addition, at: datetime, change: Change | None) -> Update:
    """Gives a key a pack, if nothing has become of what is taken out meanwhile."""
    pack_id, pack, ended = addition
    update = on_revision(table, seen, at, change)
    _require_same_moment(update, seen)
    update.name("#packs", "packs")
    if seen.packs:
        update.name("#new", pack_id)
        update.value(":new", pack_to_item(pack))
        update.set("#packs.#new = :new")
    else:
        update.value(":new", {pack_id: pack_to_item(pack)})
        update.set("#packs = :new")
    _take_out(update, ended)
    _add_to_sums(update, pack, at)
    _change_at(update, seen, pack, at)
    return update


def _take_out(update: Update, ended: Mapping[str, Pack]) -> None:
    """What they have paid stays counted."""
    for place, (ended_id, filed) in enumerate(ended.items()):
        update.name(f"#ended{place}", ended_id)
        update.value(f":ended{place}", pack_to_item(filed))
        update.require(f"#packs.#ended{place} = :ended{place}")
        update.remove(f"#packs.#ended{place}")
    paid = money.total(money.difference(pack.amount, pack.left) for pack in ended.values())
    if paid:
        update.value(":paid", paid)
        update.set("packs_paid = if_not_exists(packs_paid, :nothing) + :paid")


def voiding(table: str, seen: Scope, pack_id: str, at: datetime, change: Change | None) -> Update:
    """Ends a pack, whatever is left of it by then: no call is let in on it any more.

    It stays in effect for those that have been, and would else be paid by what a budget doesn't have.
    """
    update = on_revision(table, seen, at, change)
    _require_same_moment(update, seen)
    pack = seen.packs[pack_id]
    update.name("#packs", "packs")
    update.name("#pack", pack_id)
    # Before the scope next changes, or the pack would be taken for one that its sum has in it.
    changes_at = NEVER if seen.changes_at is None else seen.changes_at - _MOMENT
    ends_at = min(at + CLOCKS_DIFFER, pack.expires_at or NEVER, changes_at)
    update.value(":end", epoch(ends_at))
    update.set(f"#packs.#pack[{EXPIRES_AT}] = :end")
    if pack.is_counted(seen.changes_at):
        # An expression sees the item as it was: what is left is that of this write.
        update.set(*(f"{sum_of} = {sum_of} - #packs.#pack[{LEFT}]" for sum_of in (*_SUMS, "packs_left")))
    return update


def _require_same_moment(update: Update, seen: Scope) -> None:
    """The sums are those of a time: what has changed by then is stored first."""
    update.require_as_seen("changes_at", epoch(seen.changes_at) if seen.changes_at else None)


def _add_to_sums(update: Update, pack: Pack, at: datetime) -> None:
    """The sum is there from the first pack on, be it nothing."""
    is_live = pack.models is None and pack.effective_at <= at
    update.value(":nothing", 0)
    update.value(":amount", pack.amount if is_live else 0)
    update.set("packs_left = if_not_exists(packs_left, :nothing) + :amount")
    if is_live:
        update.set(*(f"{sum_of} = {sum_of} + :amount" for sum_of in _SUMS))


def _change_at(update: Update, seen: Scope, pack: Pack, at: datetime) -> None:
    """The item next changes with this pack, if nothing of it does before."""
    own = pack.effective_at if at < pack.effective_at else pack.expires_at
    if pack.models is not None or own is None:
        return
    if seen.changes_at is None or own < seen.changes_at:
        update.put("changes_at", epoch(own))
