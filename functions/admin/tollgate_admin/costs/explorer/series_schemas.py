"""What a query of a series answers with."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from tollgate_admin.costs.explorer.series_queries import Group, Interval, Metric
from tollgate_admin.costs.schemas import TallyView
from tollgate_admin.web.wire_types import Usd, View


class GroupTally(TallyView):
    """`value` is what the group's sums are kept by: a key's or provider's id, a model's name, an owner's
    address, a tag's value; null for requests without such a thing. `id` is what the key, model or provider is
    found by, null of others. `name` is what it is called now, null if it was deleted.
    """

    value: str | None
    id: str | None
    name: str | None


class OtherTally(TallyView):
    """What groups leave of a whole. `count` is of how many others: requests without a tag or cost centre are
    none."""

    count: int


class Parts(View):
    """What a group is made of: the largest, and the others together."""

    groups: list[GroupTally]
    other: OtherTally


class SeriesGroup(GroupTally):
    """`values` is the metric in each period, in USD or as a number; `parts` is null without a subgroup."""

    values: list[Usd]
    parts: Parts | None


class SeriesRest(OtherTally):
    """All that is in no group that is shown."""

    values: list[Usd]


class SeriesTotal(TallyView):
    values: list[Usd]


class Series(View):
    """The largest groups by the metric, each with its values by day or month.

    In each period, and in all, the groups' values and that of `other` add up to `total`'s.
    """

    first: date = Field(alias="from")
    to: date
    zone: str
    metric: Metric
    group: Group | None
    subgroup: Group | None
    interval: Interval
    periods: list[str]
    groups: list[SeriesGroup]
    other: SeriesRest
    total: SeriesTotal
