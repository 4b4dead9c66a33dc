"""The write that puts a hold in another one's place, and on what condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.aws.update_expression import Update
from tollgate.ledger.store import hold_items, hold_writes
from tollgate.ledger.store.billing import reservation_writes

if TYPE_CHECKING:
    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.holds import HoldForm
    from tollgate.ledger.store.exchange.hold_exchanges import HoldExchange


def exchanging(
    table: str, admission: Admission, change: HoldExchange, form: HoldForm, *, own: bool
) -> Update:
    """Exchanges a request's hold, if the scope lets it in with the new one in place of the old one."""
    seen, old, new = change.seen, change.old, change.new
    update = Update(table, key_id=seen.key_id)
    hold_writes.require_let_in(update, admission, own=own)
    update.value(":held", hold_items.stored_form(seen.holds, admission.request_id))
    update.require("holds.#request = :held")
    update.value(":hold", hold_items.hold_to_item(new, form))
    update.set("holds.#request = :hold")
    if change.keeps:
        return update
    _stay_in_window(update, change)
    hold_writes.take_amount(update, money.difference(new.amount, old.amount))
    hold_writes.take_tokens(update, old.at, new.tokens - old.tokens)
    if old.reserved or new.reserved:
        reservation_writes.exchange(update, seen, old, new)
    if admission.is_free:
        return update
    if not new.reserved:
        hold_writes.require_budgets(update, change.attempt)
    hold_writes.require_policies(update, admission, change.attempt, freed=old.amount)
    return update


def _stay_in_window(update: Update, change: HoldExchange) -> None:
    """Requires that the hold is of the present window, and that nothing has changed by time alone."""
    update.require_as_seen("quota_starts_at", epoch(change.seen.quota.starts_at))
    update.require("quota_resets_at > :now", "(attribute_not_exists(changes_at) OR changes_at > :now)")
