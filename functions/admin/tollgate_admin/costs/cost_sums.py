"""Sums of a span from the aggregates: in total, by day and month, and by what tells requests apart.

How many reads each takes is in docs/cost-queries.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, NOBODY, Dimension, Tally
from tollgate_admin.costs import cost_filters
from tollgate_admin.costs.cost_filters import Each, One, OneOfEachOwner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.costs.cover import Cover
    from tollgate.costs.store.costs_table import CostsTable
    from tollgate_admin.costs.cost_filters import Axis, Filters
    from tollgate_admin.web.date_ranges import Span


@dataclass(frozen=True, slots=True)
class Sum:
    """What the requests of a key, model, day, ... add up to. The value is None for those that have none."""

    value: str | None
    tally: Tally


def by(costs: CostsTable, axis: Axis, filters: Filters, span: Span) -> list[Sum]:
    """For each key, model, ... that has requests; raises `ProblemError` for what isn't kept."""
    place = cost_filters.of_each(axis, filters)
    found = (
        {filters.values[axis]: total(costs, place, span)}
        if isinstance(place, One)
        else _of_each(costs, place, span)
    )
    return [
        Sum(None if value == NOBODY else value, tally) for value, tally in found.items() if tally.requests
    ]


def by_tag(costs: CostsTable, name: str, span: Span) -> list[Sum]:
    """For each value of a tag, and for all keys without the tag."""
    tags = costs.by_value(Dimension.TAG, span.cover())
    prefix = f"{name}="
    sums = [Sum(tag.removeprefix(prefix), tally) for tag, tally in tags.items() if tag.startswith(prefix)]
    # The total is read last: what is added up meanwhile then makes no row less than it is.
    without = total(costs, One(Dimension.TOTAL, ALL), span) - sum((each.tally for each in sums), Tally())
    return [*sums, Sum(None, without)] if without.requests else sums


def by_day(costs: CostsTable, filters: Filters, span: Span) -> list[Sum]:
    """For each day, in order. Raises `ProblemError` for what isn't kept."""
    found = _by_period(costs, cost_filters.of_one(filters), span.days())
    return [Sum(day, found.get(day, Tally())) for day in span.days()]


def by_month(costs: CostsTable, filters: Filters, span: Span) -> list[Sum]:
    """For each month, in order, of the days that lie within the span. Raises as `by_day`."""
    covers = {month: part.cover() for month, part in span.months().items()}
    periods = [period for each in covers.values() for period in (*each.plus, *each.minus)]
    found = _by_period(costs, cost_filters.of_one(filters), periods)
    return [Sum(month, _covered(found, each)) for month, each in covers.items()]


def total(costs: CostsTable, place: One, span: Span) -> Tally:
    """A single sum of a span."""
    covering = span.cover()
    return _covered(_by_period(costs, place, [*covering.plus, *covering.minus]), covering)


def _of_each(costs: CostsTable, place: Each | OneOfEachOwner, span: Span) -> dict[str, Tally]:
    covering = span.cover()
    if isinstance(place, Each):
        return costs.by_value(place.dimension, covering, place.within)
    owners = costs.by_value(Dimension.OWNER, covering)
    found = costs.by_place(place.dimension, [(place.value, owner) for owner in owners], covering)
    return {owner: tally for (_, owner), tally in found.items()}


def _by_period(costs: CostsTable, place: One, periods: Iterable[str]) -> dict[str, Tally]:
    return costs.by_period(place.dimension, place.value, periods, place.within)


def _covered(found: Mapping[str, Tally], covering: Cover) -> Tally:
    plus = sum((found[period] for period in covering.plus if period in found), Tally())
    return plus - sum((found[period] for period in covering.minus if period in found), Tally())
