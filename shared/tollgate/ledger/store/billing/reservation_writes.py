"""What an admission, or an exchange of holds, that reserves of packs writes, and on what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger.store.billing.pack_items import FREE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import HoldAttempt
    from tollgate.ledger.billing.reservations import Reservation
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.scopes import Scope


def reserve(update: Update, attempt: HoldAttempt, reservation: Reservation, amount: Decimal) -> None:
    """Has an admission reserve of packs, and the budgets let it in for the `amount` that it holds besides.

    They were decided on by the scope's settings and the terms of its packs, which an edit would change.
    """
    seen = reservation.seen
    if attempt.advance is None:
        update.require_as_seen("revision", seen.revision)
    _reserve(update, reservation.amounts)
    if amount:
        _require_bounded(update, seen, of_each=attempt.advance is not None)


def exchange(update: Update, seen: Scope, old: Hold, new: Hold) -> None:
    """Has a hold that takes another's place reserve of packs what that one didn't, and give back the rest.

    What it holds besides is in `:amount`, less what the other one did.
    """
    update.require_as_seen("revision", seen.revision)
    packs = dict.fromkeys((*old.reserved, *new.reserved))
    grown = {
        each: money.difference(new.reserved.get(each, money.ZERO), old.reserved.get(each, money.ZERO))
        for each in packs
    }
    _reserve(update, grown)
    if new.reserved and new.amount:
        _require_bounded(update, seen, of_each=False)


def _reserve(update: Update, amounts: Mapping[str, Decimal]) -> None:
    for number, (pack_id, reserved) in enumerate(amounts.items()):
        place = f"packs.#reserved{number}[{FREE}]"
        update.name(f"#reserved{number}", pack_id)
        update.value(f":reserved{number}", reserved)
        update.set(f"{place} = {place} - :reserved{number}")
        update.require(f"{place} >= :reserved{number}")


def _require_bounded(update: Update, seen: Scope, *, of_each: bool) -> None:
    for balance in seen.balances():
        kind = "budget" if balance.window == "total" else "quota"
        if balance.is_bounded:
            update.require(f"{kind}_available >= :{f'{kind}_amount' if of_each else 'amount'}")
