"""What a scope has spent of late, by its own count; by model, from the sums of days."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from tollgate.alerts import spending_samples
from tollgate.alerts.alerts import DAY
from tollgate.alerts.spending_samples import AHEAD, SLOT, DaySamples
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.alerts.alerts import Spending
    from tollgate.alerts.store.recent_spending import RecentSpending
    from tollgate.alerts.store.samples_table import SamplesTable
    from tollgate.ledger.scopes import Scope

_MILLISECOND = timedelta(milliseconds=1)
_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class FreshSpending:
    samples: SamplesTable
    sums: RecentSpending

    def last_day(self, scope: Scope, now: datetime) -> Decimal:
        """USD in the last 24 hours, in two reads, or in none of a key that is no older."""
        samples = DaySamples()
        if not spending_samples.is_younger(scope, now):
            since = now - DAY
            samples = DaySamples(
                before=self.samples.last(scope.key_id, since - 2 * SLOT, since - _MILLISECOND),
                first=self.samples.first(scope.key_id, since, now + AHEAD),
            )
        return spending_samples.last_day(scope, now, samples, lambda: self.sums.last_day(scope.key_id, now))

    def spending_of(self, scope: Scope, now: datetime) -> Spending:
        """All but the models, in two reads more."""
        before, within = spending_samples.recent_spans(now)
        found = (self.samples.last(scope.key_id, *before), self.samples.first(scope.key_id, *within))
        recent = tuple(sample for sample in found if sample is not None)
        return spending_samples.spending(scope, now, self.last_day(scope, now), recent)

    def top_models(self, scope_id: str, now: datetime, last_day: Decimal) -> tuple[tuple[str, Decimal], ...]:
        """The dearest models of the last 24 hours, as far as summed up: at most `last_day` in all.

        Sums lag behind, and of the day before they know no hours: what they have too much is taken off each.
        """
        found = self.sums.by_model(scope_id, now)
        known = sum(found.values(), Decimal(0))
        share = min(last_day / known, Decimal(1)) if known > 0 else Decimal(1)
        shown = {name: (cost * share).quantize(_MILLIONTH, ROUND_DOWN) for name, cost in found.items()}
        ordered = sorted(shown.items(), key=lambda each: (-each[1], each[0]))
        return tuple((name, cost) for name, cost in ordered if cost > 0)
