"""How a key stands and what it has spent, on the wire."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from pydantic import Field

from tollgate.alerts import forecasts
from tollgate.ledger import rate_limits as rates
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate_admin.costs.schemas import ChargedView
from tollgate_admin.web.wire_types import Moment, Usd, View

if TYPE_CHECKING:
    from tollgate.alerts.forecasts import BurnRate
    from tollgate.ledger.scopes import Balance, Scope

# Nobody's pace stays the same for so long.
_MAX_FORECAST = timedelta(days=3653)


class ForecastView(View):
    """`exhaustedAt` is null if a quota lasts to its window's end, or the one-time budget for ten years.

    `projectedUsed` is the expected usage at the window's end, null for the one-time budget.
    """

    exhausted_at: Moment | None
    projected_used: Usd | None


class BudgetView(View):
    """A budget: `total`, or the quota by its period. `allowance` is the limit plus what was carried over.

    `packs` is what is left of packs that pay before it; `remaining` has it in it.

    The forecast is null if the daily spending is unknown.
    """

    window: str
    limit: Usd
    allowance: Usd
    used: Usd
    held: Usd
    packs: Usd
    remaining: Usd
    enforcement: Enforcement
    resets_at: Moment | None
    exhausted: bool
    forecast: ForecastView | None

    @classmethod
    def of(cls, balance: Balance, burn_rate: BurnRate | None, now: datetime) -> Self:
        return cls(
            window=balance.window,
            limit=balance.limit,
            allowance=balance.allowance,
            used=balance.used,
            held=balance.held,
            packs=balance.packs,
            remaining=balance.remaining,
            enforcement=balance.enforcement,
            resets_at=balance.resets_at,
            exhausted=balance.is_exhausted,
            forecast=None if burn_rate is None else _forecast(balance, burn_rate, now),
        )


class PaceView(View):
    """What the key with its descendants spent per day, from `since` until just before `until`."""

    cost_per_day: Usd
    since: Moment
    until: Moment

    @classmethod
    def of(cls, burn_rate: BurnRate) -> Self:
        return cls(cost_per_day=burn_rate.per_day, since=burn_rate.since, until=burn_rate.until)


class RateView(View):
    limit: int
    remaining: int


class RatesView(View):
    """What is left in the present minute, and how many more requests may run at once; null is no limit."""

    requests: RateView | None
    tokens: RateView | None
    parallel: RateView | None
    resets_at: Moment

    @classmethod
    def of(cls, scope: Scope, now: datetime) -> Self:
        open_left = None if scope.max_parallel is None else scope.max_parallel - len(scope.holds)
        return cls(
            requests=_rate(scope.rpm_limit, scope.requests_left(now)),
            tokens=_rate(scope.tpm_limit, scope.tokens_left(now)),
            parallel=_rate(scope.max_parallel, open_left),
            resets_at=now + timedelta(seconds=rates.seconds_left(now)),
        )


class BlockView(View):
    """An exhausted budget of an ancestor, as refusals name it."""

    scope: str
    window: str
    resets_at: Moment | None


class OwnDayRow(ChargedView):
    day: date = Field(alias="date")


class OwnModelRow(ChargedView):
    model: str


class UsageView(View):
    """With `tree`, the figures include those of the descendants at the time.

    Budgets always count what descendants spend.
    """

    key_id: str
    name: str
    status: KeyStatus
    first: date = Field(alias="from")
    to: date
    tree: bool
    budgets: list[BudgetView]
    blocked_by: list[BlockView]
    rate_limits: RatesView
    pace: PaceView | None
    totals: ChargedView
    by_day: list[OwnDayRow]
    by_model: list[OwnModelRow]


def _forecast(balance: Balance, burn_rate: BurnRate, now: datetime) -> ForecastView:
    until = balance.resets_at or now + _MAX_FORECAST
    lasts = balance.is_exhausted
    return ForecastView(
        exhausted_at=None if lasts else forecasts.exhausted_at(balance, burn_rate.per_day, now, until),
        projected_used=forecasts.projected(balance, burn_rate.per_day, now),
    )


def _rate(limit: int | None, left: int | None) -> RateView | None:
    return None if limit is None or left is None else RateView(limit=limit, remaining=max(left, 0))
