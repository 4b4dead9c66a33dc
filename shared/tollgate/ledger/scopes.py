"""Scopes: a key or a parent of keys, with its settings, its budgets and its open holds."""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import rate_limits
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.pricing.price_terms import INHERITED, PriceTerms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.holds import Hold
    from tollgate.ledger.policies.automatic_increase import AutomaticIncrease, StepsTaken
    from tollgate.ledger.policies.downgrades import Downgrade
    from tollgate.ledger.policies.priority_reserves import PriorityReserves
    from tollgate.ledger.policies.temporary_limits import Raise
    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.thresholds import Threshold
    from tollgate.pricing.price_terms import ScheduledFactor

T = TypeVar("T")

# One item holds 400 KB, and each write to it costs by its size: more open requests are refused.
MAX_HOLDS = 1000
_ALL_PERCENT = 100


class KeyStatus(StrEnum):
    """`expired` is never stored; it follows from `expiresAt`."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Enforcement(StrEnum):
    """How a budget is enforced.

    `soft`: requests are admitted until the limit is used. Those in progress finish, so they may exceed the
    limit by their own cost. `hard`: what is used and held together never exceeds the limit.
    """

    SOFT = "soft"
    HARD = "hard"


class Priority(StrEnum):
    """How important a key is compared with others, in ascending order."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _PRIORITIES.index(self)


_PRIORITIES = tuple(Priority)


@dataclass(frozen=True, slots=True)
class Balance:
    """One of a scope's budgets. Amounts are USD; `window` is `total` or the quota's period.

    `allowance` is what may be spent: the limit, for a quota with what was carried over. `packs` is what is
    left of packs that pay before it. Where what is beyond a quota `is_metered`, `overage` is how much that
    may be, None for any amount.
    """

    window: str
    limit: Decimal
    allowance: Decimal
    used: Decimal
    available: Decimal
    enforcement: Enforcement
    resets_at: datetime | None
    packs: Decimal = money.ZERO
    overage: Decimal | None = money.ZERO
    is_metered: bool = False

    @property
    def most(self) -> Decimal:
        """What may be spent, with what may be metered; of packs there is more besides."""
        return money.total([self.allowance, self.overage]) if self.overage else self.allowance

    @property
    def held(self) -> Decimal:
        with money.exact():
            return self.most + self.packs - self.used - self.available

    @property
    def unheld(self) -> Decimal:
        """What would be available if nothing were held."""
        with money.exact():
            return self.most + self.packs - self.used

    @property
    def is_bounded(self) -> bool:
        """Whether what is used and held together never passes it."""
        return self.overage is not None and (self.is_metered or self.enforcement is Enforcement.HARD)

    @property
    def remaining(self) -> Decimal:
        """What may still be spent, by what the enforcement counts; zero once the limit is passed."""
        if self.is_bounded:
            return max(self.available, money.ZERO)
        return money.total([max(money.difference(self.allowance, self.used), money.ZERO), self.packs])

    @property
    def is_exhausted(self) -> bool:
        return self.overage is not None and self.packs <= 0 and self.used >= self.most

    def is_reached(self, percent: int) -> bool:
        """Whether `percent` of what may be spent is used; a window that begins overspent is at its limit."""
        if self.allowance <= 0:
            return percent <= _ALL_PERCENT
        with money.exact():
            return self.used * _ALL_PERCENT >= self.allowance * percent


@dataclass(frozen=True, slots=True)
class Scope:
    """A key as the keys table holds it. Amounts are USD; `revision` counts the edits of its settings.

    `budget_available` is always `(budget_limit or 0) - budget_used - held + packs_left`, also without a
    limit: so that setting, changing or removing a limit is a difference that no concurrent spend can upset.
    `budget_reset` is what resets have taken off `budget_used` so far. `price_factor` marks prices up or down,
    `model_price_factors` those of models, by name, `scheduled_price_factors` for a time; a call costs
    `minimum_fee`, USD, at least; what isn't set is inherited (`price_terms`). `rates` is what is left of each
    minute's requests and tokens; `closed` are requests whose admission may arrive once more, until when.
    Without `thresholds` those of the deployment count. `moved_at` is when it last got another
    parent. `safety_level` bounds that of the models it may use, None leaving that to its ancestors.
    `keep_bodies` says whether bodies of its requests are kept, `manage_children` whether it may itself create
    and adjust keys below it, `self_named` whether a holder of such a key has named it, and no admin.
    `old_secrets`: hashes of those that were replaced, and until when each is valid.
    `budget_refusal_status` is the HTTP status of its calls that a budget refuses for good, None leaving that
    to the deployment. `downgrading` says that calls were last let in while one of its budgets was tight, by
    the rules of its `downgrade`. `raises` are the limits that are raised for a time, by their windows, and
    `changes_at` is when something of a scope next changes by time alone, other than its quota's window; None
    for never. `steps_taken` are those of its `automatic_increase`, by window. `packs_paid` is what packs have
    paid that are no longer among its `packs`. `managed_by` labels the configuration that it comes from, and
    decides nothing.
    """

    key_id: str
    name: str
    secret_hash: str = field(repr=False)
    status: KeyStatus
    enforcement: Enforcement
    budget_limit: Decimal | None
    budget_used: Decimal
    budget_available: Decimal
    quota: Quota
    holds: Mapping[str, Hold]
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    parent_id: str | None = None
    moved_at: datetime | None = None
    budget_reset: Decimal = money.ZERO
    rpm_limit: int | None = None
    tpm_limit: int | None = None
    max_parallel: int | None = None
    rates: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[str, datetime] = field(default_factory=dict)
    overcommit: bool = True
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    allowed_models: frozenset[str] | None = None
    owner_email: str | None = None
    external_id: str | None = None
    managed_by: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    thresholds: tuple[Threshold, ...] | None = None
    alert_debounce_seconds: int | None = None
    price_factor: Decimal | None = None
    model_price_factors: Mapping[str, Decimal] = field(default_factory=dict)
    scheduled_price_factors: tuple[ScheduledFactor, ...] = ()
    minimum_fee: Decimal | None = None
    old_secrets: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    safety_level: int | None = None
    priority: Priority = Priority.NORMAL
    keep_bodies: bool = False
    budget_refusal_status: int | None = None
    manage_children: bool = False
    self_named: bool = False
    billing_mode: BillingMode | None = None
    cost_centre: str | None = None
    overage: Overage = Overage.STOP
    overage_limit: Decimal | None = None
    overage_factor: Decimal = money.ONE
    packs: Mapping[str, Pack] = field(default_factory=dict)
    packs_left: Decimal = money.ZERO
    packs_paid: Decimal = money.ZERO
    downgrade: Downgrade | None = None
    downgrading: bool = False
    priority_reserves: PriorityReserves | None = None
    automatic_increase: AutomaticIncrease | None = None
    steps_taken: Mapping[str, StepsTaken] = field(default_factory=dict)
    raises: Mapping[str, Raise] = field(default_factory=dict)
    changes_at: datetime | None = None

    @property
    def budget_held(self) -> Decimal:
        return _sum(self.holds.values())

    def quota_held(self) -> Decimal:
        """What holds of the present window reserve."""
        return _sum(hold for hold in self.holds.values() if self.quota.starts_at <= hold.at)

    def balances(self, quota: Quota | None = None) -> list[Balance]:
        """The budgets that have a limit; `quota` stands in for a window that is about to begin."""
        quota = quota or self.quota
        found = []
        if self.budget_limit is not None:
            found.append(
                Balance(
                    "total",
                    self.budget_limit,
                    self.budget_limit,
                    self.budget_used,
                    self.budget_available,
                    self.enforcement,
                    resets_at=None,
                    packs=self.packs_left,
                )
            )
        if quota.limit is not None and quota.schedule is not None:
            found.append(
                Balance(
                    quota.schedule.period.value,
                    quota.limit,
                    quota.allowance,
                    quota.used,
                    quota.available,
                    self.enforcement,
                    quota.resets_at,
                    packs=self.packs_left,
                    overage=self.overage_limit if self.is_metered else money.ZERO,
                    is_metered=self.is_metered,
                )
            )
        return found

    @property
    def is_metered(self) -> bool:
        """Whether calls beyond its quota are admitted and metered."""
        return (
            self.overage is Overage.METERED
            and self.billing_mode is BillingMode.HYBRID
            and self.quota.limit is not None
        )

    @property
    def shares_costs(self) -> bool:
        """Whether it is to be assigned who pays for a call: packs, or a quota that includes only so much."""
        return bool(self.packs) or self.billing_mode is BillingMode.HYBRID

    @property
    def is_unused(self) -> bool:
        """Whether no request has ever been let in, or might be by a write that is still under way."""
        amounts = (self.budget_used, self.budget_reset, self.quota.used, self.quota.reset)
        return self.last_used_at is None and not (any(amounts) or self.holds or self.closed)

    def balances_at(self, at: datetime) -> list[Balance]:
        """As `balances`, at a moment."""
        return self.advanced(at).balances()

    def rolled(self, at: datetime) -> Scope:
        """In the window of its quota that `at` is in, the same scope if that is the present one."""
        quota = self.quota.rolled(at, self.quota_held(), is_metered=self.is_metered)
        if quota is self.quota:
            return self
        beyond = self.beyond_quota
        return replace(self, quota=quota.with_available(beyond) if beyond else quota)

    def advanced(self, at: datetime) -> Scope:
        """As it is at a moment, the same scope if it is stored like that."""
        if self.changes_at is None:
            return self.rolled(at)
        # Hardly any scope changes by time: the proxy's start goes without.
        from tollgate.ledger.policies import advances  # noqa: PLC0415

        return advances.advanced(self, at)

    @property
    def beyond_quota(self) -> Decimal:
        """What is available beside the quota's allowance: what is left of packs, and what may be metered."""
        metered = self.overage_limit if self.is_metered else None
        return money.total([self.packs_left, metered]) if metered else self.packs_left

    @property
    def limits_output(self) -> bool:
        """Whether a request must keep to what is reserved for it."""
        return self.tpm_limit is not None or self.has_hard_budget

    @property
    def has_hard_budget(self) -> bool:
        return any(balance.is_bounded for balance in self.balances())

    @property
    def price_terms(self) -> PriceTerms:
        """What the scope itself sets of how calls are charged."""
        if (
            self.price_factor is None
            and self.minimum_fee is None
            and self.billing_mode is None
            and not (self.model_price_factors or self.scheduled_price_factors)
        ):
            return INHERITED
        return PriceTerms(
            self.price_factor,
            self.model_price_factors,
            self.scheduled_price_factors,
            self.minimum_fee,
            overage=self._overage,
        )

    @property
    def _overage(self) -> Decimal | None:
        """What multiplies that which is metered, if the scope decides on how those below it are billed."""
        if self.billing_mode is None:
            return None
        return self.overage_factor if self.is_metered else money.ONE

    @property
    def has_policies(self) -> bool:
        """Whether it lets requests in by more than stored attributes can be compared with."""
        return self.priority_reserves is not None or self.downgrade is not None

    def status_at(self, at: datetime) -> KeyStatus:
        if self.status is KeyStatus.ACTIVE and self.expires_at is not None and self.expires_at <= at:
            return KeyStatus.EXPIRED
        return self.status

    def old_secrets_valid_until(self, at: datetime) -> datetime | None:
        """When the last of them ends; None if all have."""
        return max((until for until in self.old_secrets.values() if at < until), default=None)

    def requests_left(self, at: datetime) -> int | None:
        """In the minute of `at`; None without a limit."""
        return (
            None if self.rpm_limit is None else self.rates.get(rate_limits.requests_name(at), self.rpm_limit)
        )

    def tokens_left(self, at: datetime) -> int | None:
        """In the minute of `at`; None without a limit."""
        return None if self.tpm_limit is None else self.rates.get(rate_limits.tokens_name(at), self.tpm_limit)

    @property
    def is_full(self) -> bool:
        """Whether as many requests are open as may be."""
        return len(self.holds) >= (MAX_HOLDS if self.max_parallel is None else self.max_parallel)

    def expired_holds(self, at: datetime) -> dict[str, Hold]:
        return {request_id: hold for request_id, hold in self.holds.items() if hold.expires_at <= at}


class Advance(NamedTuple):
    """What time has made of a scope since it was stored as it was `seen`."""

    seen: Scope
    after: Scope


def _sum(holds: Iterable[Hold]) -> Decimal:
    with money.exact():
        return sum((hold.amount for hold in holds), money.ZERO)


def inherited(values: Iterable[T | None]) -> T | None:
    """What the nearest scope sets, of those from a key up; None if none of them does."""
    return next((value for value in values if value is not None), None)


def billing_scope(scopes: Iterable[Scope]) -> Scope | None:
    """The nearest that decides on how calls are billed, of those from a key up; None if none of them does."""
    return next((scope for scope in scopes if scope.billing_mode is not None), None)
