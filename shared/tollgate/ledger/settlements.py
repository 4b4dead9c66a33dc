"""Settlements: what closing a hold does to its scope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import rate_limits
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import NO_USAGE, Usage, UsageSource

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.holds import Hold
    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request came to: USD, tokens, and the requests of a minute, 0 if it was never let through."""

    cost: Decimal
    tokens: int
    requests: int = 1


NOTHING = Charge(money.ZERO, tokens=0, requests=0)
# Of a request that costs nothing, and yet is one of its minute's.
PASSED = Charge(money.ZERO, tokens=0)


@dataclass(frozen=True, slots=True)
class HoldClosing:
    """How a scope changes when a hold is closed, as far as the scope was `seen`.

    `freed` is what becomes available again (negative if more was spent than held). `in_window` says that the
    hold belongs to the present window; `quota` replaces one whose past window it belongs to. `tokens` and
    `requests` go back to the minute of admission, under those names, if it is not over; `stale` are
    names of minutes that are, `uncounted` those of a rate that has no limit, which admissions count because
    they know nothing of the scope, and `forgotten` closed requests that can't arrive any more.
    """

    seen: Scope
    hold: Hold
    charge: Charge
    freed: Decimal
    in_window: bool
    quota: Quota | None
    returns_rates: bool
    stale: tuple[str, ...]
    uncounted: tuple[str, ...]
    forgotten: tuple[str, ...]

    @property
    def unused_tokens(self) -> int:
        return self.hold.tokens - self.charge.tokens

    @property
    def unused_requests(self) -> int:
        return 1 - self.charge.requests


def closing(scope: Scope, hold: Hold, charge: Charge, now: datetime) -> HoldClosing:
    quota, in_window = scope.quota, hold.at >= scope.quota.starts_at
    in_past = quota.past is not None and quota.past.starts_at <= hold.at < quota.starts_at
    return HoldClosing(
        seen=scope,
        hold=hold,
        charge=charge,
        freed=money.difference(hold.amount, charge.cost),
        in_window=in_window,
        quota=quota.settled_late(charge.cost, hold.amount) if in_past else None,
        returns_rates=rate_limits.is_open(hold.at, now),
        stale=tuple(rate_limits.stale(scope.rates, now)),
        uncounted=tuple(sorted(name for name in scope.rates if _is_unlimited(scope, name))),
        forgotten=tuple(sorted(request for request, until in scope.closed.items() if until <= now)),
    )


def _is_unlimited(scope: Scope, minute: str) -> bool:
    return getattr(scope, rate_limits.limit_of(minute)) is None


def closed(change: HoldClosing, request_id: str) -> Scope:
    """The scope without the hold, for one that is longer open than the minute whose rates it counts in."""
    seen, cost, quota = change.seen, change.charge.cost, change.quota or change.seen.quota
    with money.exact():
        if change.in_window:
            quota = replace(quota, used=quota.used + cost, available=quota.available + change.freed)
        return replace(
            seen,
            budget_used=seen.budget_used + cost,
            budget_available=seen.budget_available + change.freed,
            quota=quota,
            holds={name: hold for name, hold in seen.holds.items() if name != request_id},
        )


def estimated_provider_cost(charged: Decimal, factor: Decimal) -> Decimal:
    """What the provider has billed for a request whose process died, USD, if it billed all that is charged.

    Nobody knows what it has billed. A quotient is rounded, as an estimate may be.
    """
    if factor in {money.ZERO, money.ONE}:
        return charged
    return money.rounded_quotient(charged, factor)


def abandoned(hold: Hold, amount: Decimal, policy: AbandonedPolicy) -> tuple[Usage, Breakdown]:
    """What a request is charged whose process died, and for which tokens.

    `hold` is the one on its key, `amount` the least in USD that its scopes hold for it: none of them is
    charged more than it holds.
    """
    if hold.call is None or policy is AbandonedPolicy.RELEASE:
        return NO_USAGE, Breakdown(())
    prompt_tokens, output_tokens, cost = (
        hold.call.prompt_tokens,
        hold.tokens - hold.call.prompt_tokens,
        amount,
    )
    if policy is AbandonedPolicy.CHARGE_INPUT:
        output_tokens, cost = 0, min(hold.call.input_cost, amount)
    usage = Usage.of(prompt_tokens, output_tokens, UsageSource.ESTIMATED)
    return usage, Breakdown((BreakdownLine("abandoned", 1, cost, cost),))
