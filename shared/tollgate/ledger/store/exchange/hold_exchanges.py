"""What a scope makes of a request that it holds, and that another model is to serve.

It lets it in as if it came anew, with all that its hold takes given back: no budget that has room for one of
the two models has to have room for both. The hold that takes the other's place belongs to the same window and
the same minute, and counts as no further request.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, rate_limits, settlements
from tollgate.ledger.refusal_messages import HELD_RETRY_SECONDS
from tollgate.ledger.settlements import NOTHING
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.admissions import Admission, HoldAttempt
    from tollgate.ledger.claims import Claim
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.scopes import Scope

# Each hold that a request has ever had on a scope differs from all others that it had there, so that a write
# that arrives once more finds nothing to change: by when it expires.
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class HoldExchange:
    """How a hold of a scope, as it was `seen`, gives way to another one.

    `attempt` is what the `new` one rests on. One that `keeps` what the `old` one reserves changes nothing of
    what is available.
    """

    seen: Scope
    old: Hold
    new: Hold
    attempt: HoldAttempt
    keeps: bool


def exchange(scope: Scope, admission: Admission, attempt: HoldAttempt, *, own: bool) -> HoldExchange:
    """How a scope lets in the request of an `admission`, which it holds; raises `RefusedError`.

    Or `DowngradeError`, where its rules have calls of that model served by another one.
    """
    old = scope.holds.get(admission.request_id)
    if old is None or old.parts is not None:
        message = f"The request is over at {scope.key_id}: no other model can serve it any more."
        raise RefusedError(Reason.BUDGET_HELD, message, retry_after=HELD_RETRY_SECONDS)
    attempt = replace(attempt, at=old.at)
    if _has_changed(scope, old, admission.at):
        return _keeping(scope, old, admission, attempt, own=own)
    following = decide.reconsider(_without(scope, admission.request_id, old), admission, attempt, own=own)
    return HoldExchange(scope, old, _new(old, admission, following, own=own), following, keeps=False)


def _has_changed(scope: Scope, old: Hold, now: datetime) -> bool:
    """Whether the hold's window is over, or something of the scope has changed by time and isn't stored."""
    return old.at < scope.quota.starts_at or scope.advanced(now) is not scope


def _keeping(
    scope: Scope, old: Hold, admission: Admission, attempt: HoldAttempt, *, own: bool
) -> HoldExchange:
    """With no more than what is held: of a window that is over nothing more is given."""
    decide.require_let_in(scope, admission, own=own)
    claim = _within(attempt.claim, old) or admission.demand.last(old.amount, old.tokens, attempt.tariff)
    if claim is None:
        message = (
            f"Another model would take more than is held for the request at {scope.key_id}, "
            "whose limits have changed since it began."
        )
        raise RefusedError(Reason.BUDGET_HELD, message, retry_after=HELD_RETRY_SECONDS)
    following = replace(attempt, claim=claim)
    new = _new(old, admission, following, own=own)
    kept = replace(new, amount=old.amount, tokens=old.tokens, reserved=old.reserved)
    return HoldExchange(scope, old, kept, following, keeps=True)


def _within(claim: Claim, old: Hold) -> Claim | None:
    return claim if claim.amount <= old.amount and claim.tokens <= old.tokens else None


def _new(old: Hold, admission: Admission, attempt: HoldAttempt, *, own: bool) -> Hold:
    hold = admission.own_hold(attempt) if own else admission.ancestors_hold(attempt)
    return replace(hold, expires_at=old.expires_at + _TICK)


def _without(scope: Scope, request_id: str, hold: Hold) -> Scope:
    """The scope as if the request had never come."""
    closed = settlements.closed(settlements.closing(scope, hold, NOTHING, hold.at), request_id)
    counted = {rate_limits.requests_name(hold.at): 1, rate_limits.tokens_name(hold.at): hold.tokens}
    rates = {name: left + counted.get(name, 0) for name, left in scope.rates.items()}
    return replace(closed, rates=rates)
