"""The sweep: holds whose request died are closed with what its record says, or by policy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import settlements
from tollgate.ledger.admissions import MAX_SCOPES, ScopeHold
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.records import LedgerRecord, Outcome
from tollgate.ledger.scopes import inherited
from tollgate.ledger.settlements import NOTHING, Charge
from tollgate.ledger.store.hold_table import DUPLICATES_ARRIVE_WITHIN

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.holds import Hold
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.hold_table import HoldTable
    from tollgate.ledger.store.record_table import RecordTable

# Clocks that admit and those that move keys may differ by this much at most.
_SKEW = timedelta(minutes=1)


class HoldChain(NamedTuple):
    """A request's holds, from its key up, and the least in USD that one of them holds.

    `is_broken`: an ancestor has no hold, so the request was never let through to a provider.
    """

    opened: tuple[ScopeHold, ...]
    amount: Decimal
    is_broken: bool


@dataclass(frozen=True, slots=True)
class SweptHold:
    """A hold that was closed, `age` after it was opened.

    `abandoned` says that its request was recorded as such just now.
    """

    scope_id: str
    request_id: str
    charge: Charge
    age: timedelta
    abandoned: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    holds: HoldTable
    records: RecordTable
    policy: AbandonedPolicy

    def scope(self, scope: Scope, now: datetime, limit: int | None = None) -> list[SweptHold]:
        """Closes the holds of a scope that have expired, the oldest first and `limit` of them at most.

        Safe beside other sweeps and beside a settlement that comes late: a request's first record decides
        what it is charged, and only an open hold is closed.
        """
        for request_id, until in scope.closed.items():
            if until <= now:
                self.holds.forget(scope.key_id, request_id, now)
        expired = _expired(scope, now)
        return [self._close(scope, request_id, hold, now) for request_id, hold in expired[:limit]]

    def preview(self, scope: Scope, now: datetime, limit: int) -> Scope:
        """The scope as `scope` would leave it; nothing is written."""
        for request_id, hold in _expired(scope, now)[:limit]:
            charge = self._previewed_charge(scope, request_id, hold, now)
            scope = settlements.closed(settlements.closing(scope, hold, charge, now), request_id)
        return scope

    def _close(self, scope: Scope, request_id: str, hold: Hold, now: datetime) -> SweptHold:
        charge, abandoned = self._charge(scope, request_id, hold, now)
        blocked = hold.at + DUPLICATES_ARRIVE_WITHIN
        self.holds.close(request_id, ScopeHold(scope, hold), charge, now, blocked if blocked > now else None)
        return SweptHold(scope.key_id, request_id, charge, now - hold.at, abandoned)

    def _charge(self, scope: Scope, request_id: str, hold: Hold, now: datetime) -> tuple[Charge, bool]:
        key = self._key(scope, hold)
        if key is not None and not self._was_asked(scope, key, hold):
            return NOTHING, False
        if key is not None and _is_recorded(key, request_id):
            # Unless it has a record: then that one's charge counts.
            put = self.records.put(self._assigned(key, request_id, now))
            return put.charge, put.is_new
        recorded = self.records.charge_of(hold.key_id or scope.key_id, request_id)
        # Neither: an ancestor further up refused the request, or the admission never got so far, or it is of
        # a kind that leaves no record.
        return recorded or NOTHING, False

    def _previewed_charge(self, scope: Scope, request_id: str, hold: Hold, now: datetime) -> Charge:
        key = self._key(scope, hold)
        if key is not None and not self._was_asked(scope, key, hold):
            return NOTHING
        recorded = self.records.charge_of(hold.key_id or scope.key_id, request_id)
        if recorded is not None or key is None or not _is_recorded(key, request_id):
            return recorded or NOTHING
        return Charge.of(self._abandoned(key, request_id, self._chain(key, request_id), now))

    def _key(self, scope: Scope, hold: Hold) -> Scope | None:
        """The key that a request came with.

        It is read before the record. A settlement writes in the other order, so one that is under way is
        seen in one place or the other.
        """
        return scope if hold.key_id is None else self.holds.get(hold.key_id)

    def _was_asked(self, scope: Scope, key: Scope, hold: Hold) -> bool:
        """Whether a scope had to let in a request that it holds, and wasn't only taken for an ancestor.

        An ancestor of today's had to, and after a move perhaps others.
        """
        below: Scope | None = key
        for _ in range(MAX_SCOPES):
            if below is None or below.key_id == scope.key_id or _has_moved_since(below, hold):
                return True
            if below.parent_id is None:
                return False
            below = self.holds.get(below.parent_id)
        return True

    def _assigned(self, key: Scope, request_id: str, now: datetime) -> LedgerRecord:
        """The record of an abandoned request, once it is assigned who pays for it."""
        chain = self._chain(key, request_id)
        record = self._abandoned(key, request_id, chain, now)
        if not any(each.scope.shares_costs or each.hold.parts for each in chain.opened):
            return record
        # Hardly any scope shares costs: the proxy's start goes without.
        from tollgate.ledger.store.billing import assignment_run  # noqa: PLC0415

        return assignment_run.assigned(self.holds, chain.opened, record)[1]

    def _abandoned(self, key: Scope, request_id: str, chain: HoldChain, now: datetime) -> LedgerRecord:
        """The record of an abandoned request, by the hold on its key."""
        hold, scopes = key.holds[request_id], tuple(each.scope for each in chain.opened)
        policy = AbandonedPolicy.RELEASE if chain.is_broken else self.policy
        usage, bill = settlements.abandoned(hold, chain.amount, policy)
        call = hold.call
        if call is None:
            message = f"The hold of {request_id} on its key {key.key_id} says nothing of the call."
            raise ValueError(message)
        return LedgerRecord(
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
            price_factor=call.price_factor,
            breakdown=bill,
            created_at=hold.at,
            completed_at=now,
            http_status=None,
            streamed=call.streamed,
            scopes=tuple(each.key_id for each in scopes),
            owner_email=key.owner_email,
            tags=key.tags,
            billing_mode=inherited(each.billing_mode for each in scopes),
            cost_centre=inherited(each.cost_centre for each in scopes),
            provider_cost=settlements.estimated_provider_cost(bill.total, call.price_factor),
        )

    def _chain(self, key: Scope, request_id: str) -> HoldChain:
        """The scopes that the request was admitted by. After a move these may not be today's ancestors."""
        hold = key.holds[request_id]
        opened, amount, is_broken, has_moved = [ScopeHold(key, hold)], hold.held, False, False
        scope = key
        while scope.parent_id is not None and len(opened) < MAX_SCOPES:
            has_moved = has_moved or _has_moved_since(scope, hold)
            parent = self.holds.get(scope.parent_id)
            if parent is None:
                break
            held = parent.holds.get(request_id)
            if held is not None:
                opened.append(ScopeHold(parent, held))
                amount = min(amount, held.held)
            elif not has_moved:
                is_broken = True
            scope = parent
        return HoldChain(tuple(opened), amount, is_broken)


def _has_moved_since(scope: Scope, hold: Hold) -> bool:
    return scope.moved_at is not None and hold.at < scope.moved_at + _SKEW


def _is_recorded(key: Scope, request_id: str) -> bool:
    """Whether a request is open on its key that ends in a record: one that costs nothing leaves none."""
    hold = key.holds.get(request_id)
    return hold is not None and not hold.is_of_nothing


def _expired(scope: Scope, now: datetime) -> list[tuple[str, Hold]]:
    """The oldest first."""
    return sorted(scope.expired_holds(now).items(), key=lambda pair: pair[1].expires_at)
