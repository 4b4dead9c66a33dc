"""Dry runs: what an admission would come to right now, without any write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import HoldAttempt
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.claims import Claim
    from tollgate.ledger.scopes import Scope

# More than this many times nobody finds holds to sweep.
_TRIES = 30


@dataclass(frozen=True, slots=True)
class DryRun:
    """The outcome of an admission that was only asked about.

    `at` is the moment that it is about. `scopes` are those that were asked, from the key up; the last one has
    refused if there is a refusal.
    `claim` is what would be held, or, if the request is refused, the most that it asks for.
    """

    at: datetime
    scopes: tuple[Scope, ...]
    claim: Claim
    refused: RefusedError | None = None

    @property
    def scope(self) -> Scope:
        """The key's own."""
        return self.scopes[0]

    @property
    def limits_output(self) -> bool:
        """Whether a scope depends on the request's keeping to its claim."""
        return any(scope.limits_output for scope in self.scopes)


def dry_run(
    admission: Admission, read: Callable[[str], Scope | None], sweep: Callable[[Scope], Scope]
) -> DryRun:
    """What admitting would come to, by the rules that it goes by.

    `read` gives a scope as it is now, `sweep` what a sweep would make of one, the same if there is nothing
    to be swept. Raises `RefusedError` if there is no such key.

    Whoever asks may have a hold of nothing open under the admission's name: it doesn't stand in its way.
    """
    attempt = HoldAttempt(admission.demand.max_claim(money.ONE), money.ONE, admission.at)
    asked: list[Scope] = []
    scope_id: str | None = admission.key_id
    while scope_id is not None:
        scope = read(scope_id)
        if scope is None and not asked:
            raise refusal_messages.invalid_key()
        scope = _without(scope, admission.request_id)
        try:
            scope, attempt = _let_through(scope, admission, attempt, sweep, own=not asked)
        except RefusedError as refused:
            chain = (*asked, scope) if scope else tuple(asked)
            refused.budget_status = chain[0].budget_refusal_status
            return DryRun(admission.at, chain, admission.demand.max_claim(chain[0].price_factor), refused)
        attempt = attempt.further_up(scope, own=not asked)
        asked.append(scope)
        scope_id = scope.parent_id
    return DryRun(admission.at, tuple(asked), attempt.claim)


def _without(scope: Scope | None, request_id: str) -> Scope | None:
    if scope is None or request_id not in scope.holds:
        return scope
    return replace(scope, holds={name: hold for name, hold in scope.holds.items() if name != request_id})


def _let_through(
    scope: Scope | None,
    admission: Admission,
    attempt: HoldAttempt,
    sweep: Callable[[Scope], Scope],
    *,
    own: bool,
) -> tuple[Scope, HoldAttempt]:
    """The scope that admits, swept if need be, and the attempt that it admits; raises `RefusedError`."""
    if scope is None:
        raise refusal_messages.parent_gone()
    for _ in range(_TRIES):
        try:
            return scope, decide.reconsider(scope, admission, attempt, own=own)
        except RefusedError as refused:
            swept = sweep(scope) if refused.reason in refusal_messages.MAY_BE_HELD_UP else scope
            if swept is scope:
                raise
            scope = swept
    message = f"{scope.key_id} was swept {_TRIES} times in vain."
    raise RuntimeError(message)
