"""What cost queries can tell apart: where the sums of a query are kept.

Aggregates are kept for one thing, or for one within another, see `tollgate.costs.aggregates.Dimension`. What
isn't kept can't be said exactly, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, Dimension
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_admin.web.problems import ProblemError


class Axis(StrEnum):
    """What requests are told apart by, by the names that queries have for it."""

    KEY = "keyId"
    MODEL = "model"
    OWNER = "owner"
    PROVIDER = "provider"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the requests in question have in common. `tree`: with a key's go those of all keys below it."""

    values: dict[Axis, str]
    tree: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """A single sum."""

    dimension: Dimension
    value: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Each:
    """A sum for each value of a dimension."""

    dimension: Dimension
    within: str = ""


@dataclass(frozen=True, slots=True)
class OneOfEachOwner:
    """The sum of one value within each owner."""

    dimension: Dimension
    value: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """A dimension: what its value and what it is within are, and its like that counts what is below a key."""

    dimension: Dimension
    value: Axis | None = None
    within: Axis | None = None
    tree: Dimension | None = None

    @property
    def axes(self) -> frozenset[Axis]:
        return frozenset(axis for axis in (self.value, self.within) if axis is not None)

    def dimension_for(self, filters: Filters) -> Dimension:
        if not filters.tree:
            return self.dimension
        if self.tree is None:
            raise problems.invalid("tree", _TREES)
        return self.tree

    def within_for(self, filters: Filters) -> str:
        return filters.values[self.within] if self.within else ""


_TREES = "is kept for keys (keyId), and for the models within a key"
_KEPT = (
    _Kept(Dimension.TOTAL),
    _Kept(Dimension.KEY, Axis.KEY, tree=Dimension.SCOPE),
    _Kept(Dimension.MODEL, Axis.MODEL),
    _Kept(Dimension.OWNER, Axis.OWNER),
    _Kept(Dimension.PROVIDER, Axis.PROVIDER),
    _Kept(Dimension.TAG, Axis.TAG),
    _Kept(Dimension.KEY_MODEL, Axis.MODEL, Axis.KEY, tree=Dimension.SCOPE_MODEL),
    _Kept(Dimension.MODEL_KEY, Axis.KEY, Axis.MODEL),
    _Kept(Dimension.OWNER_KEY, Axis.KEY, Axis.OWNER),
    _Kept(Dimension.OWNER_MODEL, Axis.MODEL, Axis.OWNER),
)


def of_one(filters: Filters) -> One:
    """Where the sum is that the filters leave; raises `ProblemError`."""
    for kept in _KEPT:
        if kept.axes == filters.values.keys():
            value = filters.values[kept.value] if kept.value else ALL
            return One(kept.dimension_for(filters), value, kept.within_for(filters))
    raise _not_kept(filters, (kept.axes for kept in _KEPT))


def of_each(axis: Axis, filters: Filters) -> One | Each | OneOfEachOwner:
    """Where the sums of each key, model, ... are; raises `ProblemError`."""
    wanted = {axis, *filters.values}
    having = [kept for kept in _KEPT if axis in kept.axes]
    fitting = [kept for kept in having if kept.axes == wanted]
    if not fitting:
        ways = (kept.axes for kept in having)
        raise _not_kept(filters, {each for axes in ways for each in (axes, axes - {axis})})
    if axis in filters.values:
        return of_one(filters)
    for kept in fitting:
        if kept.value is axis:
            return Each(kept.dimension_for(filters), kept.within_for(filters))
    (value,) = filters.values.values()
    return OneOfEachOwner(fitting[0].dimension_for(filters), value)


def _not_kept(filters: Filters, kept: Iterable[frozenset[Axis]]) -> ProblemError:
    """Names the filter that comes last: without it, there may be an answer."""
    order = list(Axis)
    ways = [sorted(axes, key=order.index) for axes in kept if axes]
    ways.sort(key=lambda axes: (len(axes), axes))
    last = max(filters.values, key=order.index)
    return problems.invalid(last, f"sums are kept only by {', '.join(map(' with '.join, ways))}")
