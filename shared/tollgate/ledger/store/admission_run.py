"""One admission on its way: the hold on the request's key first, then those on all of its ancestors at once.

A key's image names its parent; who is further up is known from what admissions before have seen. That may
have changed, so it is only a guess at what to write: each ancestor's image says whether it was right.
"""

from __future__ import annotations

import logging
from dataclasses import field, replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import AdmittedRequest, HoldAttempt, ScopeHold
from tollgate.ledger.settlements import NOTHING
from tollgate.ledger.store.hold_table import DUPLICATES_ARRIVE_WITHIN, NotOpenedError
from tollgate.ledger.store.sweep import MAX_SCOPES
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.hold_table import HoldTable
    from tollgate.ledger.store.sweep import Sweep

logger = logging.getLogger(__name__)

# Each try after the first answers to a change that someone else made in between.
_TRIES = 30
# What a refused admission sweeps before it tries again; the schedule does the rest.
SWEPT_AT_ONCE = 25
_MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class AdmissionMemory:
    """What admissions have seen: keys' price factors, and scopes' parents. It only spares round trips."""

    _factors: dict[str, Decimal] = field(default_factory=dict)
    _parents: dict[str, str] = field(default_factory=dict)

    def factor_of(self, key_id: str) -> Decimal:
        return self._factors.get(key_id, money.ONE)

    def note_factor(self, key_id: str, factor: Decimal) -> None:
        if len(self._factors) >= _MAX_REMEMBERED:
            self._factors.clear()
        self._factors[key_id] = factor

    def chain_above(self, opened: Sequence[ScopeHold]) -> list[str]:
        """The ancestors that the last of the scopes seems to have, the nearest first: its parent for certain.

        None of the scopes is among them: what is remembered of a time before moves may say so.
        """
        below = [each.scope.key_id for each in opened]
        chain: list[str] = []
        above = opened[-1].scope.parent_id
        while above is not None and above not in (*below, *chain) and len(chain) < MAX_SCOPES - 1:
            chain.append(above)
            above = self._parents.get(above)
        return chain

    def note_ancestor(self, scope: Scope) -> None:
        if len(self._parents) >= _MAX_REMEMBERED:
            self._parents.clear()
        if scope.parent_id is None:
            self._parents.pop(scope.key_id, None)
        else:
            self._parents[scope.key_id] = scope.parent_id

    def forget_above(self, scope_id: str) -> None:
        """Has nothing tried above a scope until that has let a request in."""
        self._parents.pop(scope_id, None)


@dataclass(slots=True)
class AdmissionRun:
    """`opened` are the holds from the key up; `ahead` is what became of tries further up than that."""

    holds: HoldTable
    sweep: Sweep
    memory: AdmissionMemory
    admission: Admission
    opened: list[ScopeHold] = field(default_factory=list)
    ahead: dict[str, ScopeHold | Exception] = field(default_factory=dict)

    def admit(self) -> AdmittedRequest:
        """Raises `RefusedError`; a refusal leaves no hold anywhere."""
        admission = self.admission
        factor = self.memory.factor_of(admission.key_id)
        try:
            claim = self._climb(HoldAttempt(admission.demand.max_claim(factor), factor, admission.at)).claim
        except Exception as error:
            self._take_back()
            if self.opened and isinstance(error, RefusedError):
                error.budget_status = self.opened[0].scope.budget_refusal_status
            raise
        return AdmittedRequest(admission.request_id, tuple(self.opened), claim)

    def _climb(self, attempt: HoldAttempt) -> HoldAttempt:
        """Opens all holds; returns the attempt that the last of them let in: none claims less."""
        scope_id: str | None = self.admission.key_id
        while scope_id is not None:
            self._require_further(scope_id)
            holding, attempt = self._open(scope_id, attempt)
            attempt = attempt.further_up(holding.scope, own=not self.opened)
            self.opened.append(holding)
            if len(self.opened) > 1:
                self.memory.note_ancestor(holding.scope)
            scope_id = holding.scope.parent_id
            if scope_id not in self.ahead:
                self._open_ahead(attempt)
        return attempt

    def _require_further(self, scope_id: str) -> None:
        """Raises `RuntimeError` if the way up goes round, as it may seem to while keys are moved, or on."""
        key_id = self.admission.key_id
        if len(self.opened) == MAX_SCOPES:
            message = f"{key_id} has more than {MAX_SCOPES} ancestors."
            raise RuntimeError(message)
        if any(each.scope.key_id == scope_id for each in self.opened):
            message = f"{scope_id} was moved while {key_id} asked its ancestors."
            raise RuntimeError(message)

    def _open_ahead(self, attempt: HoldAttempt) -> None:
        """Tries the ancestors that there seem to be, instead of those that seemed to be there before.

        As long as one of these may hold the request, it isn't let in: it would be charged with the others.
        """
        failures = self._close_ahead()
        if failures:
            raise failures[0]
        chain = self.memory.chain_above(self.opened)
        if chain:
            self.ahead = self.holds.open_together(chain, self.admission, attempt)

    def _open(self, scope_id: str, attempt: HoldAttempt) -> tuple[ScopeHold, HoldAttempt]:
        """Opens a hold on one scope; returns the attempt that did it. Raises `RefusedError`."""
        own, in_doubt = not self.opened, False
        try:
            for _ in range(_TRIES):
                try:
                    opened = self._try(scope_id, attempt, own=own)
                except NotOpenedError as refused:
                    in_doubt = in_doubt or refused.in_doubt
                    attempt = self._reconsider(refused.scope, attempt, own=own)
                else:
                    return replace(opened, in_doubt=in_doubt or opened.in_doubt), attempt
            message = (
                f"{scope_id} did not admit {self.admission.request_id}, yet nothing in its item refuses it."
            )
            raise RuntimeError(message)
        except Exception as error:
            self.memory.forget_above(scope_id)
            if in_doubt or not isinstance(error, RefusedError):
                self._void(scope_id)
            raise

    def _try(self, scope_id: str, attempt: HoldAttempt, *, own: bool) -> ScopeHold:
        """Opens the hold unless that was tried ahead; raises `NotOpenedError`."""
        tried = self.ahead.pop(scope_id, None)
        if tried is None:
            return self.holds.open(scope_id, self.admission, attempt, own=own)
        if isinstance(tried, Exception):
            raise tried
        return tried

    def _reconsider(self, scope: Scope | None, attempt: HoldAttempt, *, own: bool) -> HoldAttempt:
        admission = self.admission
        if scope is None:
            raise refusal_messages.invalid_key() if own else refusal_messages.parent_gone()
        try:
            following = decide.reconsider(scope, admission, attempt, own=own)
        except RefusedError as refused:
            if own:
                refused.budget_status = scope.budget_refusal_status
            if refused.reason not in refusal_messages.MAY_BE_HELD_UP or not self.sweep.scope(
                scope, admission.at, SWEPT_AT_ONCE
            ):
                raise
            return attempt
        if own and following.factor != attempt.factor:
            self.memory.note_factor(admission.key_id, following.factor)
        return following

    def _take_back(self) -> None:
        """Closes whatever is open; what can't be closed now is swept when it expires.

        The key's own last: without the hold further up, the sweep charges nothing for it.
        """
        failures = self._close_ahead(*self.opened[1:])
        if not failures:
            self._close(self.opened[:1])

    def _close_ahead(self, *also: ScopeHold) -> list[Exception]:
        """Closes what was opened ahead, and what may have been; returns what failed."""
        ahead, self.ahead = self.ahead, {}
        doubtful = [
            scope_id
            for scope_id, tried in ahead.items()
            if isinstance(tried, Exception) and not (isinstance(tried, NotOpenedError) and not tried.in_doubt)
        ]
        failures = [failure for scope_id in doubtful if (failure := self._void(scope_id)) is not None]
        return failures + self._close(
            [*(each for each in ahead.values() if isinstance(each, ScopeHold)), *also]
        )

    def _close(self, opened: Sequence[ScopeHold]) -> list[Exception]:
        if not opened:
            return []
        request_id = self.admission.request_id
        outcomes = self.holds.begin_closing(request_id, opened, NOTHING, self.admission.at).finish()
        failures = [each for each in outcomes if isinstance(each, Exception)]
        for failure in failures:
            logger.error("A hold of %s stays open", request_id, exc_info=failure)
        return failures

    def _void(self, scope_id: str) -> Exception | None:
        """Takes back a write of which nobody knows whether it has applied, or still will."""
        admission = self.admission
        until = admission.at + DUPLICATES_ARRIVE_WITHIN
        try:
            self.holds.void(scope_id, admission.request_id, admission.at, until)
        except Exception as error:
            logger.exception("The hold of %s on %s may be open", admission.request_id, scope_id)
            return error
        return None
