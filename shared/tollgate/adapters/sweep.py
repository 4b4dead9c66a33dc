"""The sweep: holds whose request died are closed with what its record says, or by policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tollgate import catalog, settlements
from tollgate.admissions import Opened
from tollgate.holds import AbandonedPolicy
from tollgate.records import LedgerRecord, Outcome
from tollgate.settlements import NOTHING, Charge

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.adapters.hold_table import HoldTable
    from tollgate.adapters.record_table import Recorded, RecordTable
    from tollgate.holds import Hold
    from tollgate.scopes import Scope

# AWS refuses a request whose signature is older than five minutes, so that a duplicate of a write can't
# arrive later than this.
DUPLICATES_ARRIVE_WITHIN = timedelta(minutes=10)
# Clocks that admit and those that move keys may differ by this much at most.
_SKEW = timedelta(minutes=1)
# More ancestors than any configuration allows: a guard against a cycle.
MOST_SCOPES = 32


class Chain(NamedTuple):
    """The scopes that hold a request, from its key up, and the least in USD that one of them holds.

    `is_broken`: an ancestor has no hold, so the request was never let through to a provider.
    """

    scope_ids: tuple[str, ...]
    amount: Decimal
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """A hold that was closed. `abandoned` says that its request was recorded as such just now."""

    scope_id: str
    request_id: str
    charge: Charge
    abandoned: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    holds: HoldTable
    records: RecordTable
    policy: AbandonedPolicy

    def scope(self, scope: Scope, now: datetime, most: int | None = None) -> list[Swept]:
        """Closes the holds of a scope that have expired, the oldest first and `most` of them at most.

        Safe beside other sweeps and beside a settlement that comes late: a request's first record decides
        what it is charged, and only an open hold is closed.
        """
        for request_id, until in scope.closed.items():
            if until <= now:
                self.holds.forget(scope.key_id, request_id, now)
        expired = sorted(scope.expired_holds(now).items(), key=lambda pair: pair[1].expires_at)
        return [self._close(scope, request_id, hold, now) for request_id, hold in expired[:most]]

    def _close(self, scope: Scope, request_id: str, hold: Hold, now: datetime) -> Swept:
        charge, abandoned = self._charge(scope, request_id, hold, now)
        blocked = hold.at + DUPLICATES_ARRIVE_WITHIN
        self.holds.close(request_id, Opened(scope, hold), charge, now, blocked if blocked > now else None)
        return Swept(scope.key_id, request_id, charge, abandoned)

    def _charge(self, scope: Scope, request_id: str, hold: Hold, now: datetime) -> tuple[Charge, bool]:
        if hold.key_id is None:
            return self._abandon(scope, request_id, hold, now)
        # The key's hold is read before the record. A settlement writes in the other order, so one that is
        # under way is seen in one place or the other.
        key = self.holds.get(hold.key_id)
        own = key.holds.get(request_id) if key else None
        if key is not None and own is not None:
            return self._abandon(key, request_id, own, now)
        recorded = self.records.charge_of(hold.key_id, request_id)
        # Neither: an ancestor further up refused the request, or the admission never got so far.
        return recorded or NOTHING, False

    def _abandon(self, key: Scope, request_id: str, hold: Hold, now: datetime) -> Recorded:
        """Records an abandoned request on its key, unless it has a record."""
        chain = self._chain(key, request_id, hold)
        policy = AbandonedPolicy.RELEASE if chain.is_broken else self.policy
        usage, bill = settlements.abandoned(hold, chain.amount, policy)
        call = hold.call
        if call is None:
            message = f"The hold of {request_id} on its key {key.key_id} says nothing of the call."
            raise ValueError(message)
        return self.records.put(
            LedgerRecord(
                request_id=request_id,
                key_id=key.key_id,
                kind=call.kind,
                outcome=Outcome.ABANDONED,
                model=call.model,
                model_id=catalog.model_id(call.model),
                provider_id=None,
                remote_model=None,
                usage=usage,
                price_version=call.price_version,
                price_factor=key.price_factor,
                breakdown=bill,
                created_at=hold.at,
                completed_at=now,
                http_status=None,
                streamed=call.streamed,
                scopes=chain.scope_ids,
                owner_email=key.owner_email,
                tags=key.tags,
            )
        )

    def _chain(self, key: Scope, request_id: str, hold: Hold) -> Chain:
        """The scopes that the request was admitted by. After a move these may not be today's ancestors."""
        scope, ids, amount, is_broken, has_moved = key, [key.key_id], hold.amount, False, False
        while scope.parent_id is not None and len(ids) < MOST_SCOPES:
            has_moved = has_moved or (scope.moved_at is not None and hold.at < scope.moved_at + _SKEW)
            parent = self.holds.get(scope.parent_id)
            if parent is None:
                break
            held = parent.holds.get(request_id)
            if held is not None:
                ids.append(parent.key_id)
                amount = min(amount, held.amount)
            elif not has_moved:
                is_broken = True
            scope = parent
        return Chain(tuple(ids), amount, is_broken)
