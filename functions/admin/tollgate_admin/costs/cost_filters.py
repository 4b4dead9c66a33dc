"""What cost queries can tell apart: where the sums of a query are kept.

Aggregates are kept for one thing, or for one within another, see `tollgate.costs.aggregates.Dimension`. What
isn't kept can't be said exactly, and is refused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, Dimension
from tollgate.lean_dataclass import dataclass
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_admin.web.problems import ProblemError


class FilterField(StrEnum):
    """What requests are told apart by, by the names that queries have for it."""

    KEY = "keyId"
    MODEL = "model"
    OWNER = "owner"
    PROVIDER = "provider"
    TAG = "tag"
    COST_CENTRE = "costCentre"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the requests in question have in common. `tree`: with a key's go those of all keys below it."""

    values: dict[FilterField, str]
    tree: bool = False


@dataclass(frozen=True, slots=True)
class SingleSum:
    """A single sum."""

    dimension: Dimension
    value: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class SumsByDimension:
    """A sum for each value of a dimension."""

    dimension: Dimension
    within: str = ""


@dataclass(frozen=True, slots=True)
class SumsWithinEach:
    """The sum of one value within each value of `outer`, an owner or a cost centre."""

    dimension: Dimension
    value: str
    outer: Dimension


@dataclass(frozen=True, slots=True)
class DimensionSpec:
    """A dimension: what its value and what it is within are, and its like that counts what is below a key."""

    dimension: Dimension
    value: FilterField | None = None
    within: FilterField | None = None
    tree: Dimension | None = None

    @property
    def fields(self) -> frozenset[FilterField]:
        return frozenset(field for field in (self.value, self.within) if field is not None)

    def dimension_for(self, filters: Filters) -> Dimension:
        if not filters.tree:
            return self.dimension
        if self.tree is None:
            raise problems.invalid("tree", _TREES)
        return self.tree

    def within_for(self, filters: Filters) -> str:
        return filters.values[self.within] if self.within else ""


# What values are within that sums are not listed by.
_OUTER = {FilterField.OWNER: Dimension.OWNER, FilterField.COST_CENTRE: Dimension.COST_CENTRE}
_TREES = "is only available for keys (keyId), and for the models of a key"
DIMENSION_SPECS = (
    DimensionSpec(Dimension.TOTAL),
    DimensionSpec(Dimension.KEY, FilterField.KEY, tree=Dimension.SCOPE),
    DimensionSpec(Dimension.MODEL, FilterField.MODEL),
    DimensionSpec(Dimension.OWNER, FilterField.OWNER),
    DimensionSpec(Dimension.PROVIDER, FilterField.PROVIDER),
    DimensionSpec(Dimension.TAG, FilterField.TAG),
    DimensionSpec(Dimension.KEY_MODEL, FilterField.MODEL, FilterField.KEY, tree=Dimension.SCOPE_MODEL),
    DimensionSpec(Dimension.MODEL_KEY, FilterField.KEY, FilterField.MODEL),
    DimensionSpec(Dimension.OWNER_KEY, FilterField.KEY, FilterField.OWNER),
    DimensionSpec(Dimension.OWNER_MODEL, FilterField.MODEL, FilterField.OWNER),
    DimensionSpec(Dimension.COST_CENTRE, FilterField.COST_CENTRE),
    DimensionSpec(Dimension.CENTRE_KEY, FilterField.KEY, FilterField.COST_CENTRE),
    DimensionSpec(Dimension.CENTRE_MODEL, FilterField.MODEL, FilterField.COST_CENTRE),
)


def single_sum(filters: Filters) -> SingleSum:
    """Where the sum is that the filters leave; raises `ProblemError`."""
    for kept in DIMENSION_SPECS:
        if kept.fields == filters.values.keys():
            value = filters.values[kept.value] if kept.value else ALL
            return SingleSum(kept.dimension_for(filters), value, kept.within_for(filters))
    raise _not_kept(filters, (kept.fields for kept in DIMENSION_SPECS))


def sums_of_each(field: FilterField, filters: Filters) -> SingleSum | SumsByDimension | SumsWithinEach:
    """Where the sums of each key, model, ... are; raises `ProblemError`."""
    wanted = {field, *filters.values}
    having = [kept for kept in DIMENSION_SPECS if field in kept.fields]
    fitting = [kept for kept in having if kept.fields == wanted]
    if not fitting:
        ways = (kept.fields for kept in having)
        raise _not_kept(filters, {each for axes in ways for each in (axes, axes - {field})})
    if field in filters.values:
        return single_sum(filters)
    for kept in fitting:
        if kept.value is field:
            return SumsByDimension(kept.dimension_for(filters), kept.within_for(filters))
    (value,) = filters.values.values()
    return SumsWithinEach(fitting[0].dimension_for(filters), value, _OUTER[field])


def _not_kept(filters: Filters, kept: Iterable[frozenset[FilterField]]) -> ProblemError:
    """Names the filter that comes last: without it, there may be an answer."""
    order = list(FilterField)
    ways = [sorted(axes, key=order.index) for axes in kept if axes]
    ways.sort(key=lambda axes: (len(axes), axes))
    last = max(filters.values, key=order.index)
    return problems.invalid(
        last, f"can't be combined like this; sums exist only by {', '.join(map(' with '.join, ways))}"
    )
