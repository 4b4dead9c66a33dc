"""What a scope makes of a request: whether it lets it in, and with which claim."""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger import rate_limits
from tollgate.ledger.admissions import DowngradeError, HoldAttempt, Switching
from tollgate.ledger.refusal_messages import (
    HELD_RETRY_SECONDS,
    by_open_requests,
    exhausted,
    invalid_key,
    requests_in_words,
    reserved,
    too_little_left,
    too_many_tokens,
    with_increase,
)
from tollgate.ledger.scopes import Advance, KeyStatus
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.admissions import Admission
    from tollgate.ledger.claims import Claim, Demand
    from tollgate.ledger.scopes import Balance, Scope
    from tollgate.pricing.price_terms import Tariff


def authenticate(scope: Scope | None, secret_hash: str, at: datetime) -> Scope:
    """The scope, if the secret is its own, or an old one in its grace, and it is in force.

    Otherwise raises `RefusedError`.
    """
    if scope is None:
        raise invalid_key()
    _require_secret(scope, secret_hash, at)
    require_in_force(scope, at)
    return scope


def _require_secret(scope: Scope, secret_hash: str, at: datetime) -> None:
    if hmac.compare_digest(scope.secret_hash, secret_hash):
        return
    for old, until in scope.old_secrets.items():
        if hmac.compare_digest(old, secret_hash):
            if at < until:
                return
            message = f"API key {scope.key_id} was rotated: this secret is no longer valid. Use the new one."
            raise RefusedError(Reason.INVALID_API_KEY, message)
    raise invalid_key()


def require_in_force(scope: Scope, at: datetime) -> None:
    match scope.status_at(at):
        case KeyStatus.REVOKED:
            raise RefusedError(Reason.KEY_REVOKED, f"API key {scope.key_id} has been revoked.")
        case KeyStatus.EXPIRED:
            raise RefusedError(Reason.KEY_EXPIRED, f"API key {scope.key_id} has expired.")


def require_allowed(scope: Scope, model: str, safety_level: int, param: str = "model") -> None:
    """Raises `RefusedError` unless a scope, a key or an ancestor, lets a model of that level be used."""
    refused = model_refusal(scope, model, safety_level, param)
    if refused is not None:
        raise refused


def model_refusal(scope: Scope, model: str, safety_level: int, param: str = "model") -> RefusedError | None:
    """Why a scope doesn't let a model of that level be used; None if it does."""
    if scope.allowed_models is not None and model not in scope.allowed_models:
        message = f"API key {scope.key_id} may not use the model `{model}`."
    elif scope.safety_level is not None and scope.safety_level < safety_level:
        message = (
            f"The model `{model}` has safety level {safety_level}; API key {scope.key_id} may only use "
            f"models up to safety level {scope.safety_level}."
        )
    else:
        return None
    return RefusedError(Reason.MODEL_NOT_ALLOWED, message, param=param)


def reconsider(scope: Scope, admission: Admission, attempt: HoldAttempt, *, own: bool) -> HoldAttempt:
    """What to try next after `scope` has failed an attempt; raises `RefusedError` if it refuses.

    `own` says that it is the request's own key, which the secret must fit; otherwise it is an ancestor.
    """
    require_let_in(scope, admission, own=own)
    priority = scope.priority if own else attempt.priority
    at = max(attempt.at, scope.quota.starts_at)
    asked = HoldAttempt(attempt.claim, attempt.tariff, at, priority)
    present = scope.advanced(asked.at)
    _require_model(present, admission, asked.at)
    try:
        following = _following(present, admission, asked, own=own)
    except RefusedError as refused:
        if present.quota.may_gain:
            by_open_requests(refused)
        if own:
            with_increase(refused)
        raise
    _require_rates(present, following.at)
    if present is not scope:
        following = replace(following, advance=Advance(scope, present))
    return replace(following, known=scope) if scope.has_policies else following


def require_let_in(scope: Scope, admission: Admission, *, own: bool) -> None:
    """Raises `RefusedError` for what has nothing to do with budgets and rates."""
    if own:
        authenticate(scope, admission.secret_hash, admission.at)
    else:
        require_in_force(scope, admission.at)
    if admission.model is not None:
        require_allowed(scope, admission.model, admission.safety_level)
    for each in admission.further_models:
        require_allowed(scope, each.name, each.safety_level, each.param)
    if admission.request_id in scope.closed:
        message = (
            "Tollgate is withdrawing the request because it could not confirm its admission. Please retry."
        )
        raise RefusedError(Reason.BUDGET_HELD, message, retry_after=HELD_RETRY_SECONDS)


def _following(scope: Scope, admission: Admission, asked: HoldAttempt, *, own: bool) -> HoldAttempt:
    """The attempt with a claim that fits, what packs for some models alone have for it included."""
    balances = [] if admission.is_free else scope.balances()
    refused: RefusedError | None = None
    try:
        claim = _fitting(scope, admission, asked, balances, own=own)
    except RefusedError as error:
        claim, refused = asked.claim, error
    if scope.packs and balances and (refused is not None or claim.amount < asked.claim.amount):
        # Hardly any scope has packs: the proxy's start goes without.
        from tollgate.ledger.billing import reservations  # noqa: PLC0415

        free = reservations.reservable(scope, admission.model, asked.at)
        if free:
            widened = reservations.widened(balances, money.total(free.values()))
            claim, refused = _fitting(scope, admission, asked, widened, own=own), None
            reserved = reservations.reservation(scope, free, balances, claim.amount)
            return replace(asked, claim=claim, reservation=reserved if reserved.amounts else None)
    if refused is not None:
        raise refused
    return replace(asked, claim=claim)


def _fitting(
    scope: Scope, admission: Admission, asked: HoldAttempt, balances: list[Balance], *, own: bool
) -> Claim:
    """A claim that fits what is left, no larger than the one asked for; raises `RefusedError` if none does.

    If money or tokens are short, a request whose client sets no limit gets half of what is left, or all of
    it if half is not worth asking for. What isn't worth asking for is asked for only with the last of a
    budget, when no hold of others stands in the way of more.
    """
    for balance in balances:
        if balance.is_exhausted:
            raise exhausted(scope, balance, own=own)
    if balances and scope.priority_reserves is not None:
        _require_reserves(scope, admission, asked)
    claim, tariff = asked.claim, asked.tariff
    hard = [balance for balance in balances if balance.is_bounded]
    money_left = min((balance.available for balance in hard), default=None)
    tokens_left = scope.tokens_left(asked.at)
    if _is_within(claim.amount, money_left) and _is_within(claim.tokens, tokens_left):
        return claim
    demand = admission.demand
    fitting = _shared(demand, money_left, tokens_left, tariff)
    needed = demand.worthwhile_claim(tariff)
    if fitting is None and _never_fits(needed, scope, hard):
        fitting, needed = demand.last(money_left, tokens_left, tariff), demand.min_claim(tariff)
    if fitting is None:
        raise _refusal(needed, scope, hard, asked.at, demand.advice)
    return fitting


def _require_model(scope: Scope, admission: Admission, at: datetime) -> None:
    """Raises `DowngradeError` if another model has to serve the call than it comes with."""
    if scope.downgrade is None and not admission.tight_at:
        return
    # Hardly any scope has rules: the proxy's start goes without.
    from tollgate.ledger.policies import downgrades  # noqa: PLC0415

    downgrades.require_model(scope, admission, at)


def _require_reserves(scope: Scope, admission: Admission, asked: HoldAttempt) -> None:
    """Raises `RefusedError` if a scope keeps what is left for requests of higher priority.

    Or `DowngradeError`, if it would let one in that a cheaper model serves.
    """
    # Hardly any scope has them: the proxy's start goes without.
    from tollgate.ledger.policies import priority_reserves  # noqa: PLC0415

    reached = priority_reserves.reached(scope, asked.priority, asked.at)
    if reached is None or scope.key_id in admission.reserved_at:
        return
    refused = reserved(scope, reached)
    if reached.downgrades and scope.downgrade is not None and admission.switching is not Switching.NEVER:
        to = scope.downgrade.models_for(admission.model)
        if to:
            raise DowngradeError(scope, to, refused)
    raise refused


def _refusal(
    needed: Claim, scope: Scope, hard: list[Balance], at: datetime, advice: str | None
) -> RefusedError:
    for balance in hard:
        if needed.amount > balance.available:
            return too_little_left(scope, balance, needed.amount, advice)
    return too_many_tokens(scope, needed.tokens, at, advice)


def _shared(demand: Demand, amount: Decimal | None, tokens: int | None, tariff: Tariff) -> Claim | None:
    """A claim on half of what is left, or else on all of it."""
    # One that would take all that is left would keep out everyone else until it is done.
    for share in (2, 1):
        part = None if amount is None else amount / share
        fitting = demand.fitting(part, None if tokens is None else tokens // share, tariff)
        if fitting is not None:
            return fitting
    return None


def _never_fits(needed: Claim, scope: Scope, hard: list[Balance]) -> bool:
    """Whether a claim is too large even when others' holds are gone, or for any minute."""
    if scope.tpm_limit is not None and needed.tokens > scope.tpm_limit:
        return True
    return any(needed.amount > each.unheld for each in hard)


def _is_within(asked: Decimal | int, left: Decimal | int | None) -> bool:
    return left is None or asked <= left


def _require_rates(scope: Scope, at: datetime) -> None:
    if scope.requests_left(at) == 0:
        message = (
            f"API key {scope.key_id} has reached its limit of {requests_in_words(scope.rpm_limit)} per "
            "minute. Retry in the next minute."
        )
        raise RefusedError(Reason.RATE_LIMIT_EXCEEDED, message, retry_after=rate_limits.seconds_left(at))
    if scope.is_full:
        most = scope.max_parallel
        finished = "it has finished" if most == 1 else "one of them has finished"
        message = (
            f"API key {scope.key_id} already has {requests_in_words(most)} in progress, its maximum. "
            f"Retry when {finished}."
        )
        raise by_open_requests(
            RefusedError(Reason.TOO_MANY_PARALLEL_REQUESTS, message, retry_after=HELD_RETRY_SECONDS)
        )
