"""The sweep over all keys: whatever has expired anywhere is closed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aws_wire.attribute_values import values
from tollgate import money
from tollgate.aws.dynamodb import pages
from tollgate.clock import Clock, utc_now
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from decimal import Decimal

    from tollgate.aws.dynamodb import Item
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.ledger import Ledger
    from tollgate.ledger.store.sweep import SweptHold

logger = logging.getLogger(__name__)

# Between two looks at the clock.
_AT_ONCE = 50
_EXPIRY_FILTER = "attribute_exists(secret_hash) AND (size(holds) > :zero OR size(closed) > :zero)"


@dataclass(slots=True)
class SweepReport:
    """How far a sweep came. `abandoned_cost` is what abandoned requests were charged, USD.

    `oldest` is the age of the oldest of the holds that were swept, None without any.
    `failed` are keys of which something could not be closed, `stopped_at` the one at which time was up.
    """

    keys: int = 0
    swept: int = 0
    abandoned: int = 0
    abandoned_cost: Decimal = money.ZERO
    oldest: timedelta | None = None
    failed: tuple[str, ...] = ()
    stopped_at: str | None = None

    def add(self, closed: list[SweptHold]) -> None:
        self.swept += len(closed)
        ages = [each.age for each in closed]
        self.oldest = max([*ages, *([] if self.oldest is None else [self.oldest])], default=None)
        abandoned = [each for each in closed if each.abandoned]
        self.abandoned += len(abandoned)
        with money.exact():
            self.abandoned_cost = sum((each.charge.cost for each in abandoned), self.abandoned_cost)


def _unheard(_report: SweepReport) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Several may run at once, beside requests: see `tollgate.ledger.store.sweep`.

    `on_progress` gets the report as far as it is, after each key.
    """

    ledger: Ledger
    clock: Clock = utc_now
    on_progress: Callable[[SweepReport], None] = _unheard

    def run(self, deadline: datetime | None = None) -> SweepReport:
        """Sweeps key by key until all are done or time is up; one that fails doesn't stop the others."""
        report = SweepReport()
        for found in self._candidates():
            key_id = found["key_id"]
            if self._is_over(deadline):
                report.stopped_at = key_id
                break
            report.keys += 1
            try:
                is_done = self._sweep(scope_items.to_scope(found), report, deadline)
            except Exception:
                logger.exception("%s could not be swept", key_id)
                report.failed += (key_id,)
                continue
            if not is_done:
                report.stopped_at = key_id
                break
            self.on_progress(report)
        return report

    def _sweep(self, scope: Scope, report: SweepReport, deadline: datetime | None) -> bool:
        """Whether everything was done that there was."""
        seen: Scope | None = scope
        while seen is not None:
            closed = self.ledger.sweep.scope(seen, self.clock(), _AT_ONCE)
            report.add(closed)
            if len(closed) < _AT_ONCE:
                break
            if self._is_over(deadline):
                return False
            seen = self.ledger.holds.get(scope.key_id)
        return True

    def _is_over(self, deadline: datetime | None) -> bool:
        return deadline is not None and self.clock() >= deadline

    def _candidates(self) -> Iterator[Item]:
        """Keys with anything that expires. Other items of the table have no secret."""
        return pages(
            self.ledger.client.scan,
            TableName=self.ledger.keys_table,
            FilterExpression=_EXPIRY_FILTER,
            ExpressionAttributeValues=values({":zero": 0}),
        )
