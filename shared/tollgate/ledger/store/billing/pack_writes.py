"""What time makes of a scope's packs, as part of a write of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger.billing import packs

if TYPE_CHECKING:
    from tollgate.aws.update_expression import Update
    from tollgate.ledger.scopes import Scope


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
