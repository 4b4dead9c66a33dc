"""What a scope has spent of late, from the cost aggregates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.forecasts import BurnRate
from tollgate.costs.aggregates import Dimension, Tally
from tollgate.costs.cover import Cover
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from tollgate.costs.store.costs_table import CostsTable
    from tollgate.ledger.scopes import Scope

_DAY = timedelta(days=1)
_PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class RecentSpending:
    """Aggregates are of days, so of the days before today the share counts that lies within 24 hours.

    The days are the reporting zone's.
    """

    costs: CostsTable
    zone: tzinfo

    def last_day(self, scope_id: str, now: datetime) -> Decimal:
        """USD in the last 24 hours, in one read, and one for each of these days that isn't closed."""
        shares = self._shares(now)
        found = self.costs.by_period(Dimension.SCOPE, scope_id, shares)
        return _blended(shares, found)

    def by_model(self, scope_id: str, now: datetime) -> dict[str, Decimal]:
        """USD in the last 24 hours, in two queries a day."""
        shares = self._shares(now)
        models = {
            day: self.costs.by_value(Dimension.SCOPE_MODEL, Cover((day,)), within=scope_id) for day in shares
        }
        return {
            name: _blended(shares, {day: tallies[name] for day, tallies in models.items() if name in tallies})
            for name in {name for tallies in models.values() for name in tallies}
        }

    def burn_rate(self, scope: Scope, now: datetime) -> BurnRate | None:
        """That of the last seven whole days, or since the key was created.

        In one read, and one for each of these days that isn't closed. None before there is a day of it: a
        key's first day says nothing of the days to come.
        """
        today = now.astimezone(self.zone).date()
        days = [today - _DAY * back for back in range(1, _PACE_DAYS + 1)]
        since, until = max(self._midnight(days[-1]), scope.created_at), self._midnight(today)
        if until - since < _DAY:
            return None
        found = self.costs.by_period(Dimension.SCOPE, scope.key_id, [day.isoformat() for day in days])
        return BurnRate.of(money.total(tally.cost for tally in found.values()), since, until)

    def _shares(self, now: datetime) -> dict[str, Decimal]:
        """How much of each day that the last 24 hours touch lies within them; all of today.

        A day has 23 or 25 hours where clocks are changed.
        """
        today = now.astimezone(self.zone).date()
        shares = {today.isoformat(): Decimal(1)}
        day, end = today, self._midnight(today)
        while end > now - _DAY:
            day -= _DAY
            start = self._midnight(day)
            if start < end:  # no clock showed the day on which Samoa crossed the date line
                shares[day.isoformat()] = Decimal((end - max(start, now - _DAY)) / (end - start))
            end = start
        return shares

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def _blended(shares: dict[str, Decimal], tallies: dict[str, Tally]) -> Decimal:
    """Rounded to a millionth of a dollar: a share of a day is no exact amount."""
    spent = sum((tallies[day].cost * share for day, share in shares.items() if day in tallies), money.ZERO)
    return spent.quantize(Decimal("0.000001"))
