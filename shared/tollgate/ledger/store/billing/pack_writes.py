"""What edits and time make of a scope's packs, as part of a write of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger.billing import packs
from tollgate.ledger.store.billing import pack_items

if TYPE_CHECKING:
    from tollgate.aws.update_expression import Update
    from tollgate.ledger.scopes import Scope


def change(update: Update, seen: Scope, after: Scope) -> None:
    """Has an edit add packs, end them or take them away, and count what is left of those in effect.

    A pack that is changed must be as it was seen: it may be drawn from at the same time.
    """
    if not seen.packs:
        update.require("attribute_not_exists(packs.#pack0)")
        update.name("#pack0", next(iter(after.packs)))
        update.put("packs", {pack_id: pack_items.pack_to_item(pack) for pack_id, pack in after.packs.items()})
    else:
        _change_each(update, seen, after)
    update.value(":nothing", money.ZERO)
    update.value(":packs_raised", money.difference(after.packs_left, seen.packs_left))
    update.set("packs_left = if_not_exists(packs_left, :nothing) + :packs_raised")


def _change_each(update: Update, seen: Scope, after: Scope) -> None:
    changed = [
        pack_id
        for pack_id in {**seen.packs, **after.packs}
        if seen.packs.get(pack_id) != after.packs.get(pack_id)
    ]
    for number, pack_id in enumerate(changed):
        before, pack, place = seen.packs.get(pack_id), after.packs.get(pack_id), f"packs.#pack{number}"
        update.name(f"#pack{number}", pack_id)
        if before is None:
            update.require(f"attribute_not_exists({place})")
        else:
            update.value(f":before{number}", pack_items.pack_to_item(before))
            update.require(f"{place} = :before{number}")
        if pack is None:
            update.remove(place)
        else:
            update.value(f":pack{number}", pack_items.pack_to_item(pack))
            update.set(f"{place} = :pack{number}")


def carry(update: Update, seen: Scope, after: Scope) -> None:
    """Has a write store the sum of the packs that are in effect after an advance.

    Of those that come into effect or end, what is left must be as it was seen; the others may be drawn from.
    """
    for number, (pack_id, pack) in enumerate(packs.recounted(seen, after).items()):
        update.name(f"#counted{number}", pack_id)
        update.value(f":counted{number}", pack.left)
        update.require(f"packs.#counted{number}[0] = :counted{number}")
    if after.packs_left != seen.packs_left:
        update.value(":recounted", money.difference(after.packs_left, seen.packs_left))
        update.set("packs_left = packs_left + :recounted")
