"""What a scope has spent of late, from the cost aggregates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts import Spending
from tollgate.costs import Dimension, Tally

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.adapters.costs import CostsTable

_DAY = timedelta(days=1)
_TOP = 3


@dataclass(frozen=True, slots=True)
class RecentSpending:
    """Aggregates are of days, so of yesterday the share counts that lies within 24 hours."""

    costs: CostsTable

    def last_day(self, scope_id: str, now: datetime) -> Decimal:
        """USD in the last 24 hours, in one read."""
        today, yesterday = _days(now)
        found = self.costs.by_period(Dimension.SCOPE, scope_id, [today, yesterday])
        return _blended(found.get(today), found.get(yesterday), now)

    def recent(self, scope_id: str, now: datetime) -> Spending:
        today, yesterday = _days(now)
        models = [
            self.costs.by_value(Dimension.SCOPE_MODEL, [day], within=scope_id) for day in (today, yesterday)
        ]
        by_model = {
            name: _blended(models[0].get(name), models[1].get(name), now) for name in {*models[0], *models[1]}
        }
        spent = sorted(by_model.items(), key=lambda each: (-each[1], each[0]))
        return Spending(
            last_day=self.last_day(scope_id, now),
            top_models=tuple((name, cost) for name, cost in spent[:_TOP] if cost > 0),
        )


def _days(now: datetime) -> tuple[str, str]:
    return now.date().isoformat(), (now - _DAY).date().isoformat()


def _blended(today: Tally | None, yesterday: Tally | None, now: datetime) -> Decimal:
    """Rounded to a millionth of a dollar: a share of a day is no exact amount."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    share = Decimal((_DAY - (now - midnight)) / _DAY)
    spent = today.cost if today else money.ZERO
    earlier = yesterday.cost if yesterday else money.ZERO
    return (spent + earlier * share).quantize(Decimal("0.000001"))
