"""Cost aggregates: what requests add up to, by day and month, in total, per key and per model."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal


class Dimension(StrEnum):
    """`scope` counts a request for its key and for each ancestor, and `scope_model` the models within one."""

    TOTAL = "total"
    KEY = "key"
    MODEL = "model"
    SCOPE = "scope"
    SCOPE_MODEL = "scope_model"


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum over requests. `cost` is USD; `failed` counts those of `requests` that failed."""

    requests: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = money.ZERO

    def __add__(self, other: Tally) -> Tally:
        with money.exact():
            return Tally(
                requests=self.requests + other.requests,
                failed=self.failed + other.failed,
                prompt_tokens=self.prompt_tokens + other.prompt_tokens,
                completion_tokens=self.completion_tokens + other.completion_tokens,
                cost=self.cost + other.cost,
            )


@dataclass(frozen=True, slots=True, order=True)
class Aggregate:
    """One sum that is kept: of a day (`2026-11-23`) or month (`2026-11`), for one value of a dimension.

    `within` is the scope whose models are told apart, empty in the other dimensions.
    """

    dimension: Dimension
    period: str
    value: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one ledger record adds to the aggregates. `day` is that of its admission, in UTC."""

    request_id: str
    key_id: str
    model: str
    day: date
    tally: Tally
    scopes: tuple[str, ...] = ()

    def aggregates(self) -> Iterator[Aggregate]:
        for period in (self.day.isoformat(), month_of(self.day)):
            yield Aggregate(Dimension.TOTAL, period, "all")
            yield Aggregate(Dimension.KEY, period, self.key_id)
            yield Aggregate(Dimension.MODEL, period, self.model)
        for scope in self.scopes:
            yield Aggregate(Dimension.SCOPE, self.day.isoformat(), scope)
            yield Aggregate(Dimension.SCOPE_MODEL, self.day.isoformat(), self.model, within=scope)


def fold(entries: Iterable[Entry]) -> dict[Aggregate, Tally]:
    """The sum per aggregate, so that a batch of records writes each aggregate once."""
    sums: dict[Aggregate, Tally] = defaultdict(Tally)
    for entry in entries:
        for aggregate in entry.aggregates():
            sums[aggregate] += entry.tally
    return dict(sums)


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


def periods(first: date, last: date) -> list[str]:
    """The fewest months and days that make up the span, both ends included."""
    covering: list[str] = []
    ordinal = first.toordinal()
    while ordinal <= last.toordinal():
        day = date.fromordinal(ordinal)
        month_days = calendar.monthrange(day.year, day.month)[1]
        if day.day == 1 and ordinal + month_days - 1 <= last.toordinal():
            covering.append(month_of(day))
            ordinal += month_days
        else:
            covering.append(day.isoformat())
            ordinal += 1
    return covering
