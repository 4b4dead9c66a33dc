"""A budget on the wire: how it stands, how fast it is spent, and how long it will last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from tollgate.alerts import forecasts
from tollgate.ledger.scopes import Enforcement
from tollgate_admin.web.wire_types import Moment, Usd, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.alerts.forecasts import BurnRate
    from tollgate.ledger.scopes import Balance

# Nobody's pace stays the same for so long.
_MAX_FORECAST = timedelta(days=3653)


class ForecastView(View):
    """`exhaustedAt` is null if a quota lasts to its window's end, or the one-time budget for ten years, and
    if it is used up already.

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


def _forecast(balance: Balance, burn_rate: BurnRate, now: datetime) -> ForecastView:
    until = balance.resets_at or now + _MAX_FORECAST
    # What packs pay for, or is metered, goes on beyond what may be spent.
    is_used_up = balance.used >= balance.allowance
    return ForecastView(
        exhausted_at=None if is_used_up else forecasts.exhausted_at(balance, burn_rate.per_day, now, until),
        projected_used=forecasts.projected(balance, burn_rate.per_day, now),
    )
