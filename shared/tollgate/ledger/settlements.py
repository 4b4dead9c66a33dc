"""Settlements: what closing a hold does to its scope."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import rate_limits
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.records import RecordKind
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import NO_USAGE, Usage, UsageSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.billing.assignments import Returned
    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.records import BillingParts, LedgerRecord, PackDraw
    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request came to: USD, tokens, and the requests of a minute, 0 if it was never let through.

    `draws` and `billing` are its record's: what packs have paid, and how the billing scope bills the rest.
    """

    cost: Decimal
    tokens: int
    requests: int = 1
    draws: tuple[PackDraw, ...] = ()
    billing: BillingParts | None = None

    @classmethod
    def of(cls, record: LedgerRecord) -> Charge:
        # A batch's tokens are none of a minute's: nobody knows when they were used.
        tokens = 0 if record.kind is RecordKind.BATCH else record.usage.total_tokens
        return cls(
            record.calculated_cost,
            tokens,
            draws=record.pack_draws,
            billing=record.billing,
        )

    def paid_at(self, scope_id: str) -> dict[str, Decimal]:
        """What each pack of a scope has paid."""
        return {draw.pack_id: draw.amount for draw in self.draws if draw.scope_id == scope_id}


NOTHING = Charge(money.ZERO, tokens=0, requests=0)
# Of a request that costs nothing, and yet is one of its minute's.
PASSED = Charge(money.ZERO, tokens=0)


@dataclass(frozen=True, slots=True)
class HoldClosing:
    """How a scope changes when a hold is closed, as far as the scope was `seen`.

    `cost` is what its budgets are charged, what packs have paid aside. `freed` is what becomes available
    again (negative if more was spent than held). `in_window` says that the hold belongs to the present
    window; `quota` replaces one whose past window it belongs to. `tokens` and `requests` go back to the
    minute of admission, under those names, if it is not over; `stale` are names of minutes that are,
    `uncounted` those of a rate that has no limit, which admissions count because they know nothing of the
    scope, and `forgotten` closed requests that can't arrive any more. `returned` is what packs get back,
    `recounted` (USD) of it to the scope's sum, and `regained` what was taken for included and for metered of
    the window's spending and is neither, negative for what is and was not.
    """

    seen: Scope
    hold: Hold
    charge: Charge
    cost: Decimal
    freed: Decimal
    in_window: bool
    quota: Quota | None
    returns_rates: bool
    stale: tuple[str, ...]
    uncounted: tuple[str, ...]
    forgotten: tuple[str, ...]
    returned: tuple[Returned, ...] = ()
    recounted: Decimal = money.ZERO
    regained: tuple[Decimal, Decimal] | None = None

    @property
    def late(self) -> Decimal:
        """What a request of a window that is over makes available in the present one."""
        if self.in_window:
            return money.ZERO
        quota = self.quota or self.seen.quota
        return money.total([self.recounted, money.difference(quota.allowance, self.seen.quota.allowance)])

    @property
    def is_unassigned(self) -> bool:
        """Whether the window is charged for what was not said to be included or metered."""
        parts = self.hold.parts
        return self.in_window and bool(self.cost) and (parts is None or parts.included is None)

    @property
    def unused_tokens(self) -> int:
        return self.hold.tokens - self.charge.tokens

    @property
    def unused_requests(self) -> int:
        return 1 - self.charge.requests


def closing(scope: Scope, hold: Hold, charge: Charge, now: datetime) -> HoldClosing:
    quota, in_window = scope.quota, hold.at >= scope.quota.starts_at
    in_past = quota.past is not None and quota.past.starts_at <= hold.at < quota.starts_at
    paid = charge.paid_at(scope.key_id) if charge.draws else {}
    cost = money.difference(charge.cost, money.total(paid.values())) if paid else charge.cost
    change = HoldClosing(
        seen=scope,
        hold=hold,
        charge=charge,
        cost=cost,
        freed=money.difference(hold.amount, cost),
        in_window=in_window,
        quota=quota.settled_late(cost, hold.amount) if in_past else None,
        returns_rates=rate_limits.is_open(hold.at, now),
        stale=tuple(rate_limits.stale(scope.rates, now)),
        uncounted=tuple(sorted(name for name in scope.rates if _is_unlimited(scope, name))),
        forgotten=tuple(sorted(request for request, until in scope.closed.items() if until <= now)),
    )
    shares = hold.parts is not None or hold.reserved or scope.is_metered
    return _given_back(change, paid) if shares else change


def _given_back(change: HoldClosing, paid: dict[str, Decimal]) -> HoldClosing:
    """With what packs get back of what was assigned or reserved, where the record says less.

    Where metering has begun since the request was let in, what it was charged counts as included.
    """
    # Hardly any hold has anything to do with packs: the proxy's start goes without.
    from tollgate.ledger.billing import assignments  # noqa: PLC0415

    seen, parts = change.seen, change.hold.parts
    returned = assignments.returned(seen, change.hold, paid)
    recounted = money.total(
        each.left for each in returned if seen.packs[each.pack_id].is_counted(seen.changes_at)
    )
    quota, regained = change.quota, None
    if parts is not None and parts.included is not None:
        regained = assignments.regained(parts, seen.key_id, change.cost, change.charge.billing)
    elif seen.is_metered and change.cost:
        regained = -change.cost, money.ZERO
    if regained is not None and not change.in_window:
        included, metered = regained
        quota = quota and quota.settled_late(money.ZERO, money.ZERO, -included, -metered)
        regained = None
    return replace(
        change,
        quota=quota,
        freed=money.total([change.freed, recounted]),
        returned=returned,
        recounted=recounted,
        regained=regained,
    )


def _is_unlimited(scope: Scope, minute: str) -> bool:
    return getattr(scope, rate_limits.limit_of(minute)) is None


def closed(change: HoldClosing, request_id: str) -> Scope:
    """The scope without the hold, for one that is longer open than the minute whose rates it counts in."""
    seen, cost, quota = change.seen, change.cost, change.quota or change.seen.quota
    with money.exact():
        included, metered = change.regained or (money.ZERO, money.ZERO)
        if change.in_window:
            quota = replace(
                quota,
                used=quota.used + cost,
                available=quota.available + change.freed,
                included=quota.included - included,
                metered=quota.metered - metered,
            )
        else:
            quota = replace(quota, available=quota.available + change.recounted)
        return replace(
            seen,
            packs=_with_returned(seen.packs, change.returned) if change.returned else seen.packs,
            packs_left=seen.packs_left + change.recounted,
            budget_used=seen.budget_used + cost,
            budget_available=seen.budget_available + change.freed,
            quota=quota,
            holds={name: hold for name, hold in seen.holds.items() if name != request_id},
        )


def _with_returned(found: Mapping[str, Pack], returned: tuple[Returned, ...]) -> Mapping[str, Pack]:
    for each in returned:
        pack = found[each.pack_id]
        free = None if pack.free is None else pack.free + each.free
        found = {**found, each.pack_id: replace(pack, left=pack.left + each.left, free=free)}
    return found


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
