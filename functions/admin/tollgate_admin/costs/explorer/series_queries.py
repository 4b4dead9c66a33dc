"""Queries of series on the wire."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from tollgate_admin.costs.cost_filters import FilterField
from tollgate_admin.costs.cost_queries import FiltersQuery, Sort, TagName, TagValue, Value
from tollgate_admin.web import problems
from tollgate_admin.web.csv_output import Format
from tollgate_admin.web.wire_types import KeyId

# More colours or patterns than these nobody tells apart.
MOST_GROUPS = 12
_TREES = "can't be combined with groups of keys, whose trees contain one another"


class Metric(StrEnum):
    """The figure that groups are ranked by, and whose values a series has."""

    COST = "cost"
    PROVIDER_COST = "providerCost"
    MARGIN = "margin"
    REQUESTS = "requests"
    FAILED = "failed"
    ABANDONED = "abandoned"
    TOTAL_TOKENS = "totalTokens"
    PROMPT_TOKENS = "promptTokens"
    COMPLETION_TOKENS = "completionTokens"
    PACKS = "packs"
    INCLUDED = "included"
    METERED = "metered"
    OVERAGE = "overage"
    FEES = "fees"

    @property
    def descending(self) -> Sort:
        return Sort(f"-{self.value}")


class Group(StrEnum):
    """What groups are of."""

    KEY = "key"
    MODEL = "model"
    PROVIDER = "provider"
    OWNER = "owner"
    TAG = "tag"
    COST_CENTRE = "costCentre"

    @property
    def field(self) -> FilterField:
        return _FIELDS[self]


_FIELDS = {
    Group.KEY: FilterField.KEY,
    Group.MODEL: FilterField.MODEL,
    Group.PROVIDER: FilterField.PROVIDER,
    Group.OWNER: FilterField.OWNER,
    Group.TAG: FilterField.TAG,
    Group.COST_CENTRE: FilterField.COST_CENTRE,
}


class Interval(StrEnum):
    DAY = "day"
    MONTH = "month"


class SeriesQuery(FiltersQuery):
    """Of what days, which requests count, and into what they are told apart.

    `group` left out is the total alone. `tagName` is the tag that groups of `tag` are the values of, `tag` is
    a filter, a `name=value`. `subgroup` tells each group apart further, without days. `top` is how many
    groups are shown by themselves, and how many parts of each.
    """

    metric: Metric = Metric.COST
    group: Group | None = None
    subgroup: Group | None = None
    tag_name: TagName | None = None
    interval: Interval = Interval.DAY
    top: int = Field(default=8, ge=1, le=MOST_GROUPS)
    form: Format | None = Field(default=None, alias="format")
    key_id: KeyId | None = None
    model: Value | None = None
    owner: Value | None = None
    provider: Value | None = None
    tag: TagValue | None = None
    cost_centre: Value | None = None
    tree: bool = False

    def check(self) -> None:
        """Raises `ProblemError` for what doesn't go together, whatever sums are kept."""
        if (self.group is Group.TAG) != (self.tag_name is not None):
            says = "names the tag of group=tag" if self.tag_name else "is required with group=tag"
            raise problems.invalid("tagName", says)
        if self.group is Group.TAG and self.tag is not None:
            raise problems.invalid("tag", "can't be combined with groups of tags")
        if self.subgroup is not None and self.group is None:
            raise problems.invalid("subgroup", "needs a group")
        if self.tree and self.group is Group.KEY and self.key_id is None:
            raise problems.invalid("tree", _TREES)
