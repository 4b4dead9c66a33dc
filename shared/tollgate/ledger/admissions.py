"""Admissions: what a request asks of a scope, and what a scope that did not let it in makes of it.

The condition of an admission's write decides; the rules here say the same thing of the item that a
failed write returns: that the request is refused and why, or how to ask again.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.ledger import rate_limits
from tollgate.ledger.claims import Demand
from tollgate.ledger.holds import HeldCall, Hold
from tollgate.ledger.records import RecordKind
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.ledger.windows import ADJECTIVES
from tollgate.pricing.price_versions import UNPRICED
from tollgate.refusals import Reason, RefusedError, Shortage

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.claims import Claim
    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.scopes import Balance, Scope

# Seconds after which others' holds may well have been settled.
_HELD_RETRY_SECONDS = 1.0
# What holds may be the cause of: in a quota, also those of the window before, for what it carries over.
MAY_BE_HELD_UP = frozenset(
    {
        Reason.BUDGET_HELD,
        Reason.REQUEST_EXCEEDS_BUDGET,
        Reason.QUOTA_EXHAUSTED,
        Reason.PARENT_BUDGET_EXHAUSTED,
        Reason.TOO_MANY_PARALLEL_REQUESTS,
    }
)


class FurtherModel(NamedTuple):
    """A model that a request names besides its own: `param` is the member that does."""

    name: str
    safety_level: int
    param: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that asks to be let through.

    `model` is the name that the client sent, None if it asks for none, `safety_level` the model's; `is_free`
    says that the model's price is zero, which passes even an exhausted budget; `hold_until` lies beyond the
    longest request. The key and its ancestors must allow each of the `further_models`, too. One that isn't
    `recorded` leaves no record: it costs nothing by its kind.
    """

    request_id: str
    key_id: str
    secret_hash: str = field(repr=False)
    model: str | None
    safety_level: int
    kind: RecordKind
    demand: Demand
    is_free: bool
    streamed: bool
    at: datetime
    hold_until: datetime
    further_models: tuple[FurtherModel, ...] = ()
    recorded: bool = True

    @property
    def highest_safety_level(self) -> int:
        return max([self.safety_level, *(each.safety_level for each in self.further_models)])

    def own_hold(self, attempt: Attempt) -> Hold:
        if not self.recorded or self.model is None:
            return self._hold(attempt)
        call = HeldCall(
            model=self.model,
            kind=self.kind,
            price_version=self.demand.prices[0].id,
            prompt_tokens=self.demand.prompt_tokens,
            input_cost=self.demand.input_cost(attempt.factor),
            streamed=self.streamed,
        )
        return replace(self._hold(attempt), call=call)

    def ancestors_hold(self, attempt: Attempt) -> Hold:
        return replace(self._hold(attempt), key_id=self.key_id)

    def _hold(self, attempt: Attempt) -> Hold:
        return Hold(attempt.claim.amount, attempt.claim.tokens, attempt.at, self.hold_until)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to open a hold on a scope.

    `factor` is the price factor that the claim rests on. With `rolls_from`, the scope as it was seen, the
    write also begins the `quota`'s new window.
    """

    claim: Claim
    factor: Decimal
    at: datetime
    quota: Quota | None = None
    rolls_from: Scope | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A scope as the admission left it, and the request's hold on it.

    `in_doubt`: the write was sent more than once, and a late duplicate of it may still arrive.
    """

    scope: Scope
    hold: Hold
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """An admitted request: its holds from its key to the root, and what it may use at most."""

    request_id: str
    opened: tuple[Opened, ...]
    claim: Claim

    @property
    def scope(self) -> Scope:
        """The key's own."""
        return self.opened[0].scope

    @property
    def at(self) -> datetime:
        """The moment of admission, by which the request belongs to a window."""
        return self.opened[0].hold.at

    @property
    def scope_ids(self) -> tuple[str, ...]:
        return tuple(opened.scope.key_id for opened in self.opened)

    @property
    def limits_output(self) -> bool:
        """Whether a scope depends on the request's keeping to its claim."""
        return any(opened.scope.limits_output for opened in self.opened)

    def is_exceeded_by(self, cost: Decimal) -> bool:
        """Whether `cost` is more than a scope holds whose budget is hard."""
        return any(cost > opened.hold.amount for opened in self.opened if opened.scope.has_hard_budget)


def passing(request_id: str, key_id: str, secret_hash: str, at: datetime, hold_until: datetime) -> Admission:
    """What a request asks for that costs nothing by its kind: to be one of its minute's and of those open."""
    nothing = Demand((UNPRICED,), prompt_tokens=0, output_tokens=0, least_output_tokens=0)
    return Admission(
        request_id=request_id,
        key_id=key_id,
        secret_hash=secret_hash,
        model=None,
        safety_level=0,
        kind=RecordKind.COMPLETION,
        demand=nothing,
        is_free=True,
        streamed=False,
        at=at,
        hold_until=hold_until,
        recorded=False,
    )


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
            message = f"API key {scope.key_id} was rotated: this secret is no longer valid, its new one is."
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
            f"The model `{model}` has the safety level {safety_level}; API key {scope.key_id} may use models "
            f"up to the level {scope.safety_level}."
        )
    else:
        return None
    return RefusedError(Reason.MODEL_NOT_ALLOWED, message, param=param)


def invalid_key() -> RefusedError:
    return RefusedError(Reason.INVALID_API_KEY, "Incorrect API key provided. Ask your administrator for one.")


def parent_gone() -> RefusedError:
    """A key can't be deleted while there are keys below it: this one was moved in the meantime."""
    message = "The API key is being moved to another parent. Try again."
    return RefusedError(Reason.BUDGET_HELD, message, retry_after=_HELD_RETRY_SECONDS)


def reconsider(scope: Scope, admission: Admission, attempt: Attempt, *, own: bool) -> Attempt:
    """What to try next after `scope` has failed an attempt; raises `RefusedError` if it refuses.

    `own` says that it is the request's own key, which the secret must fit; otherwise it is an ancestor.
    """
    if own:
        authenticate(scope, admission.secret_hash, admission.at)
    else:
        require_in_force(scope, admission.at)
    if admission.model is not None:
        require_allowed(scope, admission.model, admission.safety_level)
    for each in admission.further_models:
        require_allowed(scope, each.name, each.safety_level, each.param)
    if admission.request_id in scope.closed:
        message = "The request is being withdrawn, for its first admission got no answer. Try again."
        raise RefusedError(Reason.BUDGET_HELD, message, retry_after=_HELD_RETRY_SECONDS)
    factor = scope.price_factor if own else attempt.factor
    claim = attempt.claim if factor == attempt.factor else admission.demand.most(factor)
    asked = Attempt(claim, factor, max(attempt.at, scope.quota.starts_at))
    quota = scope.quota.rolled(asked.at, scope.quota_held())
    balances = [] if admission.is_free else scope.balances(quota)
    following = replace(asked, claim=_fitting(scope, admission, asked, balances, own=own))
    _require_rates(scope, following.at)
    return following if quota is scope.quota else replace(following, quota=quota, rolls_from=scope)


def _fitting(
    scope: Scope, admission: Admission, asked: Attempt, balances: list[Balance], *, own: bool
) -> Claim:
    """A claim that fits what is left, no larger than the one asked for; raises `RefusedError` if none does.

    If money or tokens are short, a request whose client sets no limit gets half of what is left, or all of
    it if half is not worth asking for. What isn't worth asking for is asked for only with the last of a
    budget, when no hold of others stands in the way of more.
    """
    for balance in balances:
        if balance.is_exhausted:
            raise _exhausted(scope, balance, own=own)
    claim, factor = asked.claim, asked.factor
    hard = [balance for balance in balances if balance.enforcement is Enforcement.HARD]
    money_left = min((balance.available for balance in hard), default=None)
    tokens_left = scope.tokens_left(asked.at)
    if _is_within(claim.amount, money_left) and _is_within(claim.tokens, tokens_left):
        return claim
    demand = admission.demand
    fitting = _shared(demand, money_left, tokens_left, factor)
    needed = demand.worthwhile(factor)
    if fitting is None and _never_fits(needed, scope, hard):
        fitting, needed = demand.last(money_left, tokens_left, factor), demand.least(factor)
    if fitting is None:
        raise _refusal(needed, scope, hard, asked.at, demand.advice)
    return fitting


def _refusal(
    needed: Claim, scope: Scope, hard: list[Balance], at: datetime, advice: str | None
) -> RefusedError:
    for balance in hard:
        if needed.amount > balance.available:
            return _short(scope, balance, needed.amount, advice)
    return _too_many_tokens(scope, needed.tokens, at, advice)


def _shared(demand: Demand, amount: Decimal | None, tokens: int | None, factor: Decimal) -> Claim | None:
    """A claim on half of what is left, or else on all of it."""
    # One that would take all that is left would keep out everyone else until it is done.
    for share in (2, 1):
        part = None if amount is None else amount / share
        fitting = demand.fitting(part, None if tokens is None else tokens // share, factor)
        if fitting is not None:
            return fitting
    return None


def _never_fits(needed: Claim, scope: Scope, hard: list[Balance]) -> bool:
    """Whether a claim is too large even when others' holds are gone, or for any minute."""
    if scope.tpm_limit is not None and needed.tokens > scope.tpm_limit:
        return True
    return any(needed.amount > money.difference(each.allowance, each.used) for each in hard)


def _is_within(asked: Decimal | int, left: Decimal | int | None) -> bool:
    return left is None or asked <= left


def _require_rates(scope: Scope, at: datetime) -> None:
    if scope.requests_left(at) == 0:
        message = f"{scope.key_id} has used its {_requests(scope.rpm_limit)} for this minute."
        raise RefusedError(Reason.RATE_LIMIT_EXCEEDED, message, retry_after=rate_limits.seconds_left(at))
    if scope.is_full:
        most = scope.max_parallel
        ended = "it has ended" if most == 1 else "one of them has ended"
        message = f"{scope.key_id} already has {_requests(most)} open, its maximum. Try again when {ended}."
        raise RefusedError(Reason.TOO_MANY_PARALLEL_REQUESTS, message, retry_after=_HELD_RETRY_SECONDS)


_SEND_LESS = "Send less, set a lower limit on the output, or ask your administrator to raise the budget."


def _requests(count: int | None) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def _too_many_tokens(scope: Scope, needed: int, at: datetime, advice: str | None) -> RefusedError:
    limit = scope.tpm_limit or 0
    if needed > limit:
        message = (
            f"The request may use {needed} tokens; {scope.key_id} may use {limit} a minute. "
            f"{advice or 'Send less, or set a lower limit on the output.'}"
        )
        return RefusedError(Reason.REQUEST_EXCEEDS_RATE_LIMIT, message)
    message = (
        f"The request may use {needed} tokens; {scope.tokens_left(at)} of {scope.key_id}'s {limit} are left "
        "for this minute."
    )
    return RefusedError(Reason.RATE_LIMIT_EXCEEDED, message, retry_after=rate_limits.seconds_left(at))


def _exhausted(scope: Scope, balance: Balance, *, own: bool) -> RefusedError:
    used, allowance = money.to_string(balance.used), money.to_string(balance.allowance)
    if balance.resets_at is None:
        reason, what = Reason.BUDGET_EXHAUSTED, "budget"
        hope = "Ask your administrator to raise it; retrying won't help."
    else:
        reason, what = Reason.QUOTA_EXHAUSTED, f"{ADJECTIVES[balance.window]} quota"
        hope = f"It starts anew at {rfc3339(balance.resets_at)}; retrying before won't help."
    message = f"The {what} of {scope.key_id} is exhausted: {used} of {allowance} USD used. {hope}"
    return RefusedError(
        reason if own else Reason.PARENT_BUDGET_EXHAUSTED, message, shortage=_shortage(scope, balance, None)
    )


def _short(scope: Scope, balance: Balance, cost: Decimal, advice: str | None) -> RefusedError:
    """Too little is left. If nothing but others' holds is in the way, another try makes sense."""
    shortage = _shortage(scope, balance, cost)
    least = money.to_string(cost)
    if cost <= money.difference(balance.allowance, balance.used):
        message = (
            f"What is left of the budget of {scope.key_id} is held by other requests; this one may cost "
            f"{least} USD. Try again when they are done."
        )
        return RefusedError(Reason.BUDGET_HELD, message, shortage=shortage, retry_after=_HELD_RETRY_SECONDS)
    message = (
        f"The request may cost {least} USD, more than is left of the budget of {scope.key_id}. "
        f"{advice or _SEND_LESS}"
    )
    return RefusedError(Reason.REQUEST_EXCEEDS_BUDGET, message, shortage=shortage)


def _shortage(scope: Scope, balance: Balance, cost: Decimal | None) -> Shortage:
    return Shortage(
        scope=scope.key_id,
        window=balance.window,
        limit=balance.limit,
        allowance=balance.allowance,
        used=balance.used,
        held=balance.held,
        cost=cost,
        resets_at=balance.resets_at,
    )
