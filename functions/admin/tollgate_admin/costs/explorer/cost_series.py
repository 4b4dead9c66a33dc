"""Groups of requests by day or month: those shown, and the exact rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import catalog
from tollgate.costs.aggregates import NOBODY, Dimension, Tally
from tollgate.costs.cover import Cover, covered
from tollgate.lean_dataclass import dataclass
from tollgate_admin.costs import cost_filters, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import FilterField, SingleSum, SumsByDimension
from tollgate_admin.costs.cost_sums import Sum
from tollgate_admin.costs.explorer.series_queries import Group, Interval, SeriesQuery
from tollgate_admin.costs.explorer.series_schemas import (
    GroupTally,
    OtherTally,
    Parts,
    Series,
    SeriesGroup,
    SeriesRest,
    SeriesTotal,
)
from tollgate_admin.costs.schemas import fields
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal
    from typing import Any

    from tollgate.costs.store.live_items import SumKey
    from tollgate_admin.composition import Services
    from tollgate_admin.costs.cost_filters import Filters
    from tollgate_admin.costs.cost_rows import Listing
    from tollgate_admin.web.date_ranges import DateRange

_LISTINGS: dict[Group, Listing[Any]] = {
    Group.KEY: cost_rows.KEYS,
    Group.MODEL: cost_rows.MODELS,
    Group.PROVIDER: cost_rows.PROVIDERS,
    Group.OWNER: cost_rows.OWNERS,
    Group.TAG: cost_rows.TAGS,
    Group.COST_CENTRE: cost_rows.COST_CENTRES,
}


@dataclass(frozen=True, slots=True)
class _Grouping:
    """The sums of groups that have any of the metric, the largest first, and where those are kept."""

    dimension: Dimension
    sums: list[Sum]
    places: dict[str | None, SumKey]


_NO_GROUPS = _Grouping(Dimension.TOTAL, [], {})


def series_of(services: Services, query: SeriesQuery, span: DateRange) -> Series:
    """Raises `ProblemError` for what isn't kept."""
    query.check()
    filters = query.filters()
    whole = cost_filters.single_sum(filters)
    within = None if query.subgroup is None else _kept_within(query.group, query.subgroup, filters)
    covers = _covers(query.interval, span)
    grouping = _NO_GROUPS if query.group is None else _grouping(services, query, query.group, filters, span)
    shown = grouping.sums[: query.top]
    places = [grouping.places[each.value] for each in shown]
    found = services.costs.by_place_and_period(grouping.dimension, places, _periods(covers)) if shown else {}
    by_group = {
        each.value: [covered(found.get(place, {}), cover) for cover in covers.values()]
        for each, place in zip(shown, places, strict=True)
    }
    parts = {each.value: _parts(services, query, within, each, span) for each in shown}
    # Read last: what is added up meanwhile then makes no rest less than it is.
    of_all = cost_sums.by_period(services.costs, whole, _periods(covers))
    left = [
        cost_sums.rest(covered(of_all, cover), (tallies[number] for tallies in by_group.values()))
        for number, cover in enumerate(covers.values())
    ]
    totals = [sum((tallies[at] for tallies in by_group.values()), rest) for at, rest in enumerate(left)]
    named = {} if query.group is None else _named(services, query.group, shown)
    return Series(
        first=span.first,
        to=span.last,
        zone=str(span.zone),
        metric=query.metric,
        group=query.group,
        subgroup=query.subgroup,
        interval=query.interval,
        periods=list(covers),
        groups=[
            SeriesGroup(**named[value], **fields(_sum(by)), values=_values(query, by), parts=parts[value])
            for value, by in by_group.items()
        ],
        other=SeriesRest(
            **fields(_sum(left)), values=_values(query, left), count=len(grouping.sums) - len(shown)
        ),
        total=SeriesTotal(**fields(_sum(totals)), values=_values(query, totals)),
    )


def _covers(interval: Interval, span: DateRange) -> dict[str, Cover]:
    if interval is Interval.DAY:
        return {day: Cover((day,)) for day in span.days()}
    return {month: part.cover() for month, part in span.months().items()}


def _periods(covers: Mapping[str, Cover]) -> list[str]:
    return [period for cover in covers.values() for period in (*cover.plus, *cover.minus)]


def _grouping(
    services: Services, query: SeriesQuery, group: Group, filters: Filters, span: DateRange
) -> _Grouping:
    selected = cost_filters.sums_of_each(group.field, filters)
    if group is Group.TAG:
        found = cost_sums.of_tag(services.costs, query.tag_name or "", span)
    else:
        found = cost_sums.by_field(services.costs, group.field, filters, span)
    having = [each for each in found if cost_rows.FIGURE_OF[query.metric](each.tally)]
    ranked = _LISTINGS[group].ordered(services, having, query.metric.descending)
    return _Grouping(
        selected.dimension, ranked, {each.value: _place(query, selected, each.value) for each in ranked}
    )


def _place(query: SeriesQuery, selected: SingleSum | Any, value: str | None) -> SumKey:
    if isinstance(selected, SingleSum):
        return selected.value, selected.within
    kept_by = NOBODY if value is None else value
    if query.group is Group.TAG:
        return f"{query.tag_name}={kept_by}", ""
    if isinstance(selected, SumsByDimension):
        return kept_by, selected.within
    return selected.value, kept_by


def _kept_within(group: Group | None, subgroup: Group, filters: Filters) -> Dimension:
    """The dimension of the parts of each group; raises `ProblemError`."""
    if group is None or {*filters.values} - {group.field}:
        raise problems.invalid("subgroup", "can't be combined with other filters than one on the group")
    kept = [each for each in cost_filters.DIMENSION_SPECS if each.within is not None]
    for each in kept:
        if (each.within, each.value) == (group.field, subgroup.field):
            return each.dimension_for(filters)
    ways = sorted(f"{each.value} of a {each.within}" for each in kept)
    raise problems.invalid("subgroup", f"is not kept by this group; sums exist only by {', '.join(ways)}")


def _parts(
    services: Services, query: SeriesQuery, within: Dimension | None, group: Sum, span: DateRange
) -> Parts | None:
    if query.subgroup is None or within is None:
        return None
    found = services.costs.by_value(within, span.cover(), NOBODY if group.value is None else group.value)
    sums = [Sum(None if value == NOBODY else value, tally) for value, tally in found.items()]
    ranked = _LISTINGS[query.subgroup].ordered(services, sums, query.metric.descending)
    shown, others = ranked[: query.top], ranked[query.top :]
    named = _named(services, query.subgroup, shown)
    return Parts(
        groups=[GroupTally(**named[each.value], **fields(each.tally)) for each in shown],
        other=OtherTally(**fields(_sum(each.tally for each in others)), count=len(others)),
    )


def _named(services: Services, group: Group, sums: Iterable[Sum]) -> dict[str | None, dict[str, Any]]:
    sums = list(sums)
    names = _LISTINGS[group].names_of(services, sums)
    return {
        each.value: {
            "value": each.value,
            "id": _id_of(group, each.value),
            "name": names.get(each.value or "") if group in _RENAMED else each.value,
        }
        for each in sums
    }


# What has names of its own besides what its sums are kept by.
_RENAMED = {Group.KEY, Group.PROVIDER}


def _id_of(group: Group, value: str | None) -> str | None:
    if value is None or group.field not in {FilterField.KEY, FilterField.MODEL, FilterField.PROVIDER}:
        return None
    return catalog.model_id(value) if group is Group.MODEL else value


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _values(query: SeriesQuery, tallies: Iterable[Tally]) -> list[Decimal]:
    figure = cost_rows.FIGURE_OF[query.metric]
    return [figure(each) for each in tallies]
