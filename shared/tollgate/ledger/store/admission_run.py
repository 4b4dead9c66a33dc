"""One admission on its way: the hold on the request's key first, then those on all of its ancestors at once.

A key's image names its parent; who is further up, and what the chain charges, is known from what admissions
before have seen. That may have changed, so it is only a guess at what to write: the images say whether it was
right. Where holds rest on another tariff than that of the images, all are closed, and opened anew.
"""

from __future__ import annotations

import logging
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import MAX_SCOPES, AdmittedRequest, DowngradeError, HoldAttempt, ScopeHold
from tollgate.ledger.settlements import NOTHING
from tollgate.ledger.store.hold_table import DUPLICATES_ARRIVE_WITHIN, NotOpenedError
from tollgate.pricing import price_terms
from tollgate.refusals import MONEY_REFUSALS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.admission_memory import AdmissionMemory
    from tollgate.ledger.store.hold_table import HoldTable
    from tollgate.ledger.store.sweep import Sweep
    from tollgate.pricing.price_terms import PriceTerms, Tariff

    # Of a scope as it was seen, and its refusal: whether to try again.
    Increase = Callable[[Scope, RefusedError], bool]

logger = logging.getLogger(__name__)

# Each try after the first answers to a change that someone else made in between.
_TRIES = 30
# What a refused admission sweeps before it tries again; the schedule does the rest.
SWEPT_AT_ONCE = 25
_TICK = timedelta(milliseconds=1)


class _OtherTermsError(Exception):
    """The chain charges by another tariff than the holds that were opened rest on."""


@dataclass(slots=True)
class AdmissionRun:
    """`opened` are the holds from the key up; `ahead` is what became of tries further up than that.

    `increase` raises the limit of a scope that has refused, by its policy, and says whether to try again.
    `seen` are the latest images of the scopes that were tried, or read.
    """

    holds: HoldTable
    sweep: Sweep
    memory: AdmissionMemory
    admission: Admission
    increase: Increase | None = None
    opened: list[ScopeHold] = field(default_factory=list)
    ahead: dict[str, ScopeHold | Exception] = field(default_factory=dict)
    seen: dict[str, Scope] = field(default_factory=dict)

    def admit(self) -> AdmittedRequest:
        """Raises `RefusedError`; a refusal leaves no hold anywhere."""
        for _ in range(_TRIES):
            tariff = self._tariff()
            claim = self.admission.demand.max_claim(tariff)
            try:
                self._require_model()
                claim = self._climb(HoldAttempt(claim, tariff, self.admission.at)).claim
                self._require_tight()
                return AdmittedRequest(self.admission.request_id, tuple(self.opened), claim, self._tariff())
            except _OtherTermsError:
                self._start_over()
            except Exception as error:
                self._take_back()
                if self.opened and isinstance(error, RefusedError):
                    error.budget_status = self.opened[0].scope.budget_refusal_status
                raise
        message = f"What {self.admission.key_id} is charged changed {_TRIES} times while it was let in."
        raise RuntimeError(message)

    def _start_over(self) -> None:
        """Takes everything back, to be opened at a later moment: the closings may arrive once more."""
        failures = self._take_back()
        if failures:
            raise failures[0]
        moments = [self.admission.at, *(each.hold.at for each in self.opened)]
        self.admission = replace(self.admission, at=max(moments) + _TICK)
        self.opened = []

    def _tariff(self) -> Tariff:
        """What the call is charged by, as far as the chain was seen, and above that as it is remembered."""
        return price_terms.tariff(self._terms(), self.admission.model, self.admission.at)

    def _terms(self) -> Iterator[PriceTerms]:
        scope_id: str | None = self.admission.key_id
        for _ in range(MAX_SCOPES):
            scope = self.seen.get(scope_id) if scope_id is not None else None
            if scope is None:
                break
            yield scope.price_terms
            scope_id = scope.parent_id
        yield from self.memory.terms(scope_id)

    def _note(self, scope: Scope) -> None:
        self.seen[scope.key_id] = scope
        self.memory.note(scope)

    def _see_all(self) -> None:
        """Reads those of the chain that weren't seen, for what only the chain's present terms decide."""
        scope: Scope | None = self.seen[self.admission.key_id]
        for _ in range(MAX_SCOPES):
            if scope is None or scope.parent_id is None:
                break
            above = scope.parent_id
            scope = self.seen.get(above) or self.holds.get(above)
            if scope is not None:
                self._note(scope)

    def _at_present_terms(self, attempt: HoldAttempt) -> HoldAttempt:
        """The attempt by the chain's tariff; raises `_OtherTermsError` if holds rest on another."""
        demand = self.admission.demand
        if self._tariff() == attempt.tariff or not demand.max_claim().amount:
            return attempt
        self._see_all()
        tariff = self._tariff()
        if tariff == attempt.tariff:
            return attempt
        if self.opened:
            raise _OtherTermsError
        return replace(attempt, claim=demand.max_claim(tariff), tariff=tariff)

    def _require_model(self) -> None:
        """Raises `DowngradeError` if another model seems to have to serve the call: nothing is written then.

        Should that be no longer so, whatever is admitted instead finds it out.
        """
        for scope in self.memory.governing(self.admission.key_id):
            self._require_model_of(scope)

    def _require_model_of(self, known: Scope) -> None:
        # Few scopes have policies: no start reads the module for the others.
        from tollgate.ledger.policies import downgrades  # noqa: PLC0415

        downgrades.require_model(known, self.admission, self.admission.at)

    def _require_tight(self) -> None:
        """Raises `DowngradeError` if another model serves the call for the sake of what is no ancestor."""
        opened = {each.scope.key_id for each in self.opened}
        if any(each.scope_id not in opened for each in self.admission.tight_at):
            raise DowngradeError(self.opened[0].scope, (), is_tight=False)

    def _climb(self, attempt: HoldAttempt) -> HoldAttempt:
        """Opens all holds; returns the attempt that the last of them let in: none claims less."""
        scope_id: str | None = self.admission.key_id
        while scope_id is not None:
            self._require_further(scope_id)
            holding, attempt = self._open(scope_id, attempt)
            attempt = attempt.further_up(holding.scope, own=not self.opened)
            self.opened.append(holding)
            self._note(holding.scope)
            self.memory.note_admitting(scope_id)
            self._at_present_terms(attempt)
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
        below = [each.scope.key_id for each in self.opened]
        chain = self.memory.above(self.opened[-1].scope.parent_id, below)
        if chain:
            attempts = {scope_id: self._knowing(scope_id, attempt, own=False) for scope_id in chain}
            self.ahead = self.holds.open_together(attempts, self.admission)

    def _open(self, scope_id: str, attempt: HoldAttempt) -> tuple[ScopeHold, HoldAttempt]:
        """Opens a hold on one scope; returns the attempt that did it. Raises `RefusedError`."""
        own, in_doubt = not self.opened, False
        attempt = self._knowing(scope_id, attempt, own=own)
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
            self._give_up(scope_id, error, in_doubt=in_doubt)
            raise

    def _give_up(self, scope_id: str, error: Exception, *, in_doubt: bool) -> None:
        """Takes back a hold that may be open, where an `error` has kept it from being known."""
        is_switch = isinstance(error, DowngradeError | _OtherTermsError)
        if not is_switch:
            self.memory.note_refusing(scope_id)
        if in_doubt or not (is_switch or isinstance(error, RefusedError)):
            failure = self._void(scope_id)
            if failure is not None and isinstance(error, _OtherTermsError):
                # The same request is going to be opened there again.
                raise failure from None

    def _knowing(self, scope_id: str, attempt: HoldAttempt, *, own: bool) -> HoldAttempt:
        """The attempt with what is remembered of a scope, which the write then requires to be so.

        Raises `DowngradeError` if another model has to serve the call by that: of a key that is new here
        nobody knew what is above it.
        """
        known = self.memory.known(scope_id)
        if known is None:
            return attempt
        self._require_model_of(known)
        return replace(attempt, known=known, priority=known.priority if own else attempt.priority)

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
        self._note(scope)
        attempt = self._at_present_terms(attempt)
        try:
            return decide.reconsider(scope, admission, attempt, own=own)
        except RefusedError as refused:
            if refused.shortage is not None and refused.shortage.cost is not None:
                self._see_all()
                following = self._at_present_terms(attempt)
                if following is not attempt:
                    return following
            if own:
                refused.budget_status = scope.budget_refusal_status
            if self._swept(scope, refused) or self._raised(scope, refused):
                return attempt
            raise

    def _swept(self, scope: Scope, refused: RefusedError) -> bool:
        may_help = refused.reason in refusal_messages.MAY_BE_HELD_UP
        return may_help and bool(self.sweep.scope(scope, self.admission.at, SWEPT_AT_ONCE))

    def _raised(self, scope: Scope, refused: RefusedError) -> bool:
        """Whether the scope's limit is raised by its policy; a failure is as good as none."""
        if self.increase is None or scope.automatic_increase is None or refused.reason not in MONEY_REFUSALS:
            return False
        try:
            return self.increase(scope, refused)
        except Exception:
            logger.exception("The limit of %s could not be raised", scope.key_id)
            return False

    def _take_back(self) -> list[Exception]:
        """Closes whatever is open, and returns what failed: what can't be closed now is swept as it expires.

        The key's own last: without the hold further up, the sweep charges nothing for it.
        """
        return self._close_ahead(*self.opened[1:]) or self._close(self.opened[:1])

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
