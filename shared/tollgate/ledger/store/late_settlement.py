"""Requests that are settled by another process than the one that let them in, long after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.ledger.admissions import MAX_SCOPES, AdmittedRequest, ScopeHold
from tollgate.ledger.claims import Claim
from tollgate.ledger.settlements import NOTHING
from tollgate.ledger.store.hold_table import DUPLICATES_ARRIVE_WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.store.ledger import Ledger


def reopened(ledger: Ledger, request_id: str, scope_ids: Iterable[str]) -> tuple[ScopeHold, ...]:
    """What still holds for a request of the scopes that let it in, from its key up, read consistently."""
    found = (ledger.holds.get(scope_id) for scope_id in scope_ids)
    return tuple(
        ScopeHold(scope, scope.holds[request_id])
        for scope in found
        if scope is not None and request_id in scope.holds
    )


def settle(ledger: Ledger, opened: tuple[ScopeHold, ...], record: LedgerRecord) -> bool:
    """Records and charges a request, once however often it is called, and by whom.

    If it has a record already, that one's cost counts, not this one's. Without one, and without a hold on its
    key, it was given up and is not recorded any more; returns whether it has a record then. Raises what
    leaves a hold open.
    """
    if opened and opened[0].scope.key_id == record.key_id:
        held = opened[0].hold
        claim = Claim(held.held, held.tokens, output_tokens=0)
        ledger.settle(AdmittedRequest(record.request_id, opened, claim), record)
        return True
    release(ledger, record.request_id, record.key_id, opened, record.completed_at)
    return ledger.records.charge_of(record.key_id, record.request_id) is not None


def release(ledger: Ledger, request_id: str, key_id: str, opened: Iterable[ScopeHold], at: datetime) -> None:
    """Closes what holds for a request that costs nothing, unless it has a record that says otherwise."""
    charge = ledger.records.charge_of(key_id, request_id) or NOTHING
    for each in opened:
        ledger.holds.close(request_id, each, charge, at, at + DUPLICATES_ARRIVE_WITHIN)


def of_unsent(ledger: Ledger, request_id: str, key_id: str) -> tuple[ScopeHold, ...]:
    """What holds for a request whose process died while it was let in, from its key up.

    Which scopes hold for it is not known: those above its key are looked at as they are now. What is left
    elsewhere, after a move, is swept, and costs nothing there.
    """
    return tuple(_chain(ledger, request_id, key_id))


def _chain(ledger: Ledger, request_id: str, key_id: str) -> Iterator[ScopeHold]:
    above: str | None = key_id
    for _ in range(MAX_SCOPES):
        scope = None if above is None else ledger.holds.get(above)
        if scope is None:
            return
        above = scope.parent_id
        if request_id in scope.holds:
            yield ScopeHold(scope, scope.holds[request_id])
