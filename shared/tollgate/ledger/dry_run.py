"""Dry runs: what an admission would come to right now, without any write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import MAX_SCOPES, HoldAttempt
from tollgate.ledger.policies import automatic_increase
from tollgate.pricing import price_terms
from tollgate.refusals import MONEY_REFUSALS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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
    chain, attempt = _begun(admission, read)
    asked: list[Scope] = []
    for place, each in enumerate(chain):
        scope = _without(each, admission.request_id)
        above = [other for other in chain[place + 1 :] if other is not None]
        try:
            scope, attempt = _let_through(scope, admission, attempt, sweep, above)
        except RefusedError as refused:
            reached = (*asked, scope) if scope else tuple(asked)
            refused.budget_status = reached[0].budget_refusal_status
            return DryRun(admission.at, reached, admission.demand.max_claim(attempt.tariff), refused)
        attempt = attempt.further_up(scope, own=not asked)
        asked.append(scope)
    return DryRun(admission.at, tuple(asked), attempt.claim)


def refusals(
    admission: Admission, read: Callable[[str], Scope | None], sweep: Callable[[Scope], Scope]
) -> tuple[tuple[str, RefusedError], ...]:
    """Every scope that stands in an admission's way, from the key up, by its id, and why it does.

    `dry_run` names the first of them, as the call itself would meet it: where that one is mended, these are
    the ones that come next. Raises `RefusedError` if there is no such key.
    """
    chain, attempt = _begun(admission, read)
    found: list[tuple[str, RefusedError]] = []
    for place, scope in enumerate(chain):
        if scope is None:  # it is being moved to another parent
            break
        above = [other for other in chain[place + 1 :] if other is not None]
        try:
            attempt = _let_through(scope, admission, attempt, sweep, above)[1]
        except RefusedError as refused:
            found.append((scope.key_id, refused))
        attempt = attempt.further_up(scope, own=not place)
    return tuple(found)


def _begun(
    admission: Admission, read: Callable[[str], Scope | None]
) -> tuple[list[Scope | None], HoldAttempt]:
    """The scopes to ask, and what the first of them is asked; raises `RefusedError` without such a key."""
    chain = _chain(admission.key_id, read)
    if chain[0] is None:
        raise refusal_messages.invalid_key()
    terms = (scope.price_terms for scope in chain if scope is not None)
    tariff = price_terms.tariff(terms, admission.model, admission.at)
    return chain, HoldAttempt(admission.demand.max_claim(tariff), tariff, admission.at)


def _chain(key_id: str, read: Callable[[str], Scope | None]) -> list[Scope | None]:
    """The key and all above it, the last being None if that isn't there."""
    found = [read(key_id)]
    while (last := found[-1]) is not None and last.parent_id is not None and len(found) < MAX_SCOPES:
        found.append(read(last.parent_id))
    return found


def _without(scope: Scope | None, request_id: str) -> Scope | None:
    if scope is None or request_id not in scope.holds:
        return scope
    return replace(scope, holds={name: hold for name, hold in scope.holds.items() if name != request_id})


def _let_through(
    scope: Scope | None,
    admission: Admission,
    attempt: HoldAttempt,
    sweep: Callable[[Scope], Scope],
    above: Sequence[Scope],
) -> tuple[Scope, HoldAttempt]:
    """The scope that admits, swept or raised by its policy if need be, and the attempt that it admits.

    Raises `RefusedError`.
    """
    if scope is None:
        raise refusal_messages.parent_gone()
    own = scope.key_id == admission.key_id
    for _ in range(_TRIES):
        try:
            return scope, decide.reconsider(scope, admission, attempt, own=own)
        except RefusedError as refused:
            swept = sweep(scope) if refused.reason in refusal_messages.MAY_BE_HELD_UP else scope
            if swept is scope:
                swept = _raised(scope, above, refused, attempt.at)
            if swept is scope:
                raise
            scope = swept
    message = f"{scope.key_id} was swept {_TRIES} times in vain."
    raise RuntimeError(message)


def _raised(scope: Scope, above: Sequence[Scope], refused: RefusedError, at: datetime) -> Scope:
    """The scope with the limit that its policy raises for the request, the same if it raises none."""
    short = refused.shortage
    if scope.automatic_increase is None or short is None or refused.reason not in MONEY_REFUSALS:
        return scope
    present = scope.advanced(at)
    room = automatic_increase.room_above(present, above, short.window, at)
    due = automatic_increase.due_step(present, short.window, at, room)
    if due is None or not automatic_increase.lets_in(present, due, short):
        return scope
    return automatic_increase.applied(present, due)
