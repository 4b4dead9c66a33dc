"""Messages of refusals: why a request is refused, what is short, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.ledger import rate_limits
from tollgate.ledger.windows import ADJECTIVES
from tollgate.refusals import ASK_FOR_INCREASE, BUDGET_REFUSALS, Reason, RefusedError, Shortage

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.policies.priority_reserves import Reached
    from tollgate.ledger.scopes import Balance, Scope


# Seconds after which others' holds may well have been settled.
HELD_RETRY_SECONDS = 1.0


# What holds may be the cause of: in a quota, also those of the window before, for what it carries over.
MAY_BE_HELD_UP = frozenset(
    {
        Reason.BUDGET_HELD,
        Reason.BUDGET_RESERVED,
        Reason.REQUEST_EXCEEDS_BUDGET,
        Reason.QUOTA_EXHAUSTED,
        Reason.PARENT_BUDGET_EXHAUSTED,
        Reason.TOO_MANY_PARALLEL_REQUESTS,
    }
)


def by_open_requests(refused: RefusedError) -> RefusedError:
    """The refusal, marked as one that requests in progress are the only cause of."""
    refused.is_by_open_requests = True
    return refused


def with_increase(refused: RefusedError) -> RefusedError:
    """The refusal by a request's own key; by a limit that can be raised, with how to ask for that."""
    if refused.shortage is not None and refused.reason in BUDGET_REFUSALS:
        refused.shortage = replace(refused.shortage, may_be_raised=True)
        refused.message = f"{refused.message} {_ASK_FOR_MORE}"
    return refused


def invalid_key() -> RefusedError:
    return RefusedError(
        Reason.INVALID_API_KEY, "Incorrect API key provided. Ask your administrator for a valid one."
    )


def parent_gone() -> RefusedError:
    """A key can't be deleted while there are keys below it: this one was moved in the meantime."""
    message = "The API key is being moved to another parent. Please retry."
    return RefusedError(Reason.BUDGET_HELD, message, retry_after=HELD_RETRY_SECONDS)


_ASK_FOR_MORE = "A higher limit can be asked for: {method} {path}.".format(**ASK_FOR_INCREASE)
_SEND_LESS = "Send less, set a lower output limit, or ask your administrator to raise the budget."


def requests_in_words(count: int | None) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def too_many_tokens(scope: Scope, needed: int, at: datetime, advice: str | None) -> RefusedError:
    limit = scope.tpm_limit or 0
    if needed > limit:
        message = (
            f"The request may use {needed} tokens, more than the limit of {limit} tokens per minute of API "
            f"key {scope.key_id}. {advice or 'Send less, or set a lower output limit.'}"
        )
        return RefusedError(Reason.REQUEST_EXCEEDS_RATE_LIMIT, message)
    message = (
        f"The request may use {needed} tokens; API key {scope.key_id} has {scope.tokens_left(at)} of its "
        f"{limit} tokens left for this minute. Retry in the next minute."
    )
    refused = RefusedError(Reason.RATE_LIMIT_EXCEEDED, message, retry_after=rate_limits.seconds_left(at))
    # What they don't use of their tokens comes back.
    return by_open_requests(refused) if scope.holds else refused


def exhausted(scope: Scope, balance: Balance, *, own: bool) -> RefusedError:
    used, allowance = money.to_string(balance.used), money.to_string(balance.allowance)
    if balance.resets_at is None:
        reason, what = Reason.BUDGET_EXHAUSTED, "budget"
        hope = "Ask your administrator to raise it; retrying won't help."
    else:
        reason, what = Reason.QUOTA_EXHAUSTED, f"{ADJECTIVES[balance.window]} quota"
        hope = f"It resets at {rfc3339(balance.resets_at)}; retrying before then won't help."
    beyond = ""
    if scope.packs:
        beyond += " Its packs have nothing left, either."
    if balance.overage:
        beyond += f" Up to {money.to_string(balance.overage)} USD beyond it are metered, and used as well."
    message = (
        f"The {what} of API key {scope.key_id} is exhausted: {used} of {allowance} USD used.{beyond} {hope}"
    )
    return RefusedError(
        reason if own else Reason.PARENT_BUDGET_EXHAUSTED, message, shortage=_shortage(scope, balance, None)
    )


def too_little_left(scope: Scope, balance: Balance, cost: Decimal, advice: str | None) -> RefusedError:
    """Too little is left. If nothing but others' holds is in the way, another try makes sense."""
    shortage = _shortage(scope, balance, cost)
    least = money.to_string(cost)
    if cost <= balance.unheld:
        message = (
            f"The request may cost {least} USD, but other requests hold what is left in the budget of API "
            f"key {scope.key_id}. Retry when those requests have finished."
        )
        return by_open_requests(
            RefusedError(Reason.BUDGET_HELD, message, shortage=shortage, retry_after=HELD_RETRY_SECONDS)
        )
    message = (
        f"The request may cost {least} USD, more than is left in the budget of API key {scope.key_id}. "
        f"{advice or _SEND_LESS}"
    )
    return RefusedError(Reason.REQUEST_EXCEEDS_BUDGET, message, shortage=shortage)


def reserved(scope: Scope, reached: Reached) -> RefusedError:
    """What is left is kept for requests of higher priority, or comes only as the window goes by."""
    balance, priority = reached.balance, reached.priority.value
    what = _budget_in_words(balance)
    spent = f"{money.to_string(balance.used)} of {money.to_string(balance.allowance)} USD"
    if reached.percent is None:
        message = (
            f"The {what} of API key {scope.key_id} is used faster than its window goes by, {spent} so far: "
            f"requests of priority `{priority}` have to wait."
        )
    else:
        message = (
            f"The {what} of API key {scope.key_id} is kept for requests of higher priority from "
            f"{reached.percent} % on: {spent} used, {money.to_string(balance.held)} USD held. This key has "
            f"priority `{priority}`. {_hope(balance, reached)}"
        )
    shortage = _shortage(scope, balance, None)
    refused = RefusedError(
        Reason.BUDGET_RESERVED, message, shortage=shortage, retry_after=reached.retry_after
    )
    refused.priority = reached.priority
    return by_open_requests(refused) if reached.by_open_requests else refused


def _hope(balance: Balance, reached: Reached) -> str:
    if reached.by_open_requests:
        return "Retry when requests in progress have finished."
    if balance.resets_at is None:
        return "Ask your administrator to raise it; retrying won't help."
    return f"It resets at {rfc3339(balance.resets_at)}; retrying before then won't help."


def _budget_in_words(balance: Balance) -> str:
    return "budget" if balance.resets_at is None else f"{ADJECTIVES[balance.window]} quota"


def downgrade_required(scope: Scope, balance: Balance, model: str, instead: str) -> RefusedError:
    """A call that would be served by another model, because a budget is tight, and forbids that."""
    used, allowance = money.to_string(balance.used), money.to_string(balance.allowance)
    what = _budget_in_words(balance)
    until = "" if balance.resets_at is None else f" It resets at {rfc3339(balance.resets_at)}."
    message = (
        f"The {what} of API key {scope.key_id} is nearly used, {used} of {allowance} USD: calls of `{model}` "
        f"are served by `{instead}`, which the header `x-tollgate-downgrade: never` forbids.{until}"
    )
    return RefusedError(Reason.DOWNGRADE_REQUIRED, message, shortage=_shortage(scope, balance, None))


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
        phase=_phase(scope),
        packs=balance.packs or None,
        overage=balance.overage or None,
    )


def _phase(scope: Scope) -> str | None:
    if not scope.shares_costs:
        return None
    # Hardly any scope has one: the proxy's start goes without.
    from tollgate.ledger.billing import phases  # noqa: PLC0415

    phase = phases.phase_of(scope)
    return None if phase is None else phase.value
