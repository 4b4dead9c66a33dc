"""What an admission that reserves of packs writes, and on what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.ledger.store.billing.pack_items import FREE

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import HoldAttempt
    from tollgate.ledger.billing.reservations import Reservation


def reserve(update: Update, attempt: HoldAttempt, reservation: Reservation, amount: Decimal) -> None:
    """Has an admission reserve of packs, and the budgets let it in for the `amount` that it holds besides.

    They were decided on by the scope's settings and the terms of its packs, which an edit would change.
    """
    seen = reservation.seen
    if attempt.advance is None:
        update.require_as_seen("revision", seen.revision)
    for number, (pack_id, reserved) in enumerate(reservation.amounts.items()):
        place = f"packs.#reserved{number}[{FREE}]"
        update.name(f"#reserved{number}", pack_id)
        update.value(f":reserved{number}", reserved)
        update.set(f"{place} = {place} - :reserved{number}")
        update.require(f"{place} >= :reserved{number}")
    if not amount:
        return
    for balance in seen.balances():
        kind = "budget" if balance.window == "total" else "quota"
        if balance.is_bounded:
            update.require(
                f"{kind}_available >= :{'amount' if attempt.advance is None else f'{kind}_amount'}"
            )
