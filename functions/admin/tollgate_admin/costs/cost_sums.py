"""Sums of a span from the aggregates: in total, by day and month, and by what tells requests apart.

How many reads each takes is in docs/cost-queries.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, NOBODY, Dimension, Tally
from tollgate.costs.cover import covered
from tollgate.lean_dataclass import dataclass
from tollgate_admin.costs import cost_filters
from tollgate_admin.costs.cost_filters import FilterField, SingleSum, SumsByDimension, SumsWithinEach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate.costs.store.costs_table import CostsTable
    from tollgate_admin.costs.cost_filters import Filters
    from tollgate_admin.web.date_ranges import DateRange


@dataclass(frozen=True, slots=True)
class Sum:
    """What the requests of a key, model, day, ... add up to. The value is None for those that have none."""

    value: str | None
    tally: Tally


def by_field(costs: CostsTable, field: FilterField, filters: Filters, span: DateRange) -> list[Sum]:
    """For each key, model, ... that has requests; raises `ProblemError` for what isn't kept."""
    selected = cost_filters.sums_of_each(field, filters)
    found = (
        {filters.values[field]: total(costs, selected, span)}
        if isinstance(selected, SingleSum)
        else _of_each(costs, selected, span)
    )
    return [
        Sum(None if value == NOBODY else value, tally) for value, tally in found.items() if tally.requests
    ]


def by_cost_centre(costs: CostsTable, filters: Filters, span: DateRange) -> list[Sum]:
    """For each cost centre, and for all requests without one; raises `ProblemError` for what isn't kept."""
    sums = by_field(costs, FilterField.COST_CENTRE, filters, span)
    if FilterField.COST_CENTRE in filters.values:
        return sums
    return [*sums, *_without(costs, cost_filters.single_sum(filters), span, sums)]


def by_tag(costs: CostsTable, name: str, span: DateRange) -> list[Sum]:
    """For each value of a tag, and for all keys without the tag."""
    sums = of_tag(costs, name, span)
    return [*sums, *_without(costs, SingleSum(Dimension.TOTAL, ALL), span, sums)]


def of_tag(costs: CostsTable, name: str, span: DateRange) -> list[Sum]:
    """For each value of a tag."""
    tags = costs.by_value(Dimension.TAG, span.cover())
    prefix = f"{name}="
    return [Sum(tag.removeprefix(prefix), tally) for tag, tally in tags.items() if tag.startswith(prefix)]


def _without(costs: CostsTable, whole: SingleSum, span: DateRange, sums: Sequence[Sum]) -> list[Sum]:
    """What the sums leave of a whole, if anything.

    The whole is read last: what is added up meanwhile then makes no row less than it is.
    """
    without = rest(total(costs, whole, span), (each.tally for each in sums))
    return [Sum(None, without)] if without.requests else []


def rest(whole: Tally, parts: Iterable[Tally]) -> Tally:
    """What parts leave of a whole.

    Nothing while they have what the whole lacks: sums are written one by one, and a batch may be given up
    half-way.
    """
    left = whole - sum(parts, Tally())
    counts = (left.requests, left.failed, left.abandoned, left.prompt_tokens, left.completion_tokens)
    return left if min(counts) >= 0 and left.cost >= 0 else Tally()


def by_day(costs: CostsTable, filters: Filters, span: DateRange) -> list[Sum]:
    """For each day, in order. Raises `ProblemError` for what isn't kept."""
    found = by_period(costs, cost_filters.single_sum(filters), span.days())
    return [Sum(day, found.get(day, Tally())) for day in span.days()]


def by_month(costs: CostsTable, filters: Filters, span: DateRange) -> list[Sum]:
    """For each month, in order, of the days that lie within the span. Raises as `by_day`."""
    covers = {month: part.cover() for month, part in span.months().items()}
    periods = [period for each in covers.values() for period in (*each.plus, *each.minus)]
    found = by_period(costs, cost_filters.single_sum(filters), periods)
    return [Sum(month, covered(found, each)) for month, each in covers.items()]


def total(costs: CostsTable, selected: SingleSum, span: DateRange) -> Tally:
    """A single sum of a span."""
    covering = span.cover()
    return covered(by_period(costs, selected, [*covering.plus, *covering.minus]), covering)


def _of_each(
    costs: CostsTable, selected: SumsByDimension | SumsWithinEach, span: DateRange
) -> dict[str, Tally]:
    covering = span.cover()
    if isinstance(selected, SumsByDimension):
        return costs.by_value(selected.dimension, covering, selected.within)
    outer = costs.by_value(selected.outer, covering)
    found = costs.by_sum_key(selected.dimension, [(selected.value, each) for each in outer], covering)
    return {within: tally for (_, within), tally in found.items()}


def by_period(costs: CostsTable, selected: SingleSum, periods: Iterable[str]) -> dict[str, Tally]:
    """A single sum for those of the periods that have any."""
    return costs.by_period(selected.dimension, selected.value, periods, selected.within)
