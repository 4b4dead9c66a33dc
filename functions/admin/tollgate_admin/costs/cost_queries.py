"""Cost queries on the wire: spans, filters, order and pages."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from tollgate_admin.costs.cost_filters import FilterField, Filters
from tollgate_admin.web import field_errors
from tollgate_admin.web.csv_output import Format
from tollgate_admin.web.date_ranges import DateRangeQuery, MonthsQuery
from tollgate_admin.web.wire_types import KeyId

# What rows are made of: pages of a version that made them otherwise are those of another query.
_ROWS = 2
# DynamoDB's limit for a sort key.
_MAX_BYTES = 1024


def _short(text: str) -> str:
    if len(text.encode()) > _MAX_BYTES:
        message = f"is longer than {_MAX_BYTES} bytes"
        raise ValueError(message)
    return text


Value = Annotated[str, StringConstraints(min_length=1, max_length=_MAX_BYTES), AfterValidator(_short)]
TagName = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=64,
        pattern=field_errors.pattern(r"^[^=]+$", "must be the name of a tag, without `=`"),
    ),
]
TagValue = Annotated[
    Value, StringConstraints(pattern=field_errors.pattern(r"^[^=]+=", "must be like `name=value`"))
]


class Sort(StrEnum):
    """The figure or name that rows are sorted by; a leading minus means descending order."""

    NAME = "name"
    NAME_DOWN = "-name"
    REQUESTS = "requests"
    REQUESTS_DOWN = "-requests"
    FAILED = "failed"
    FAILED_DOWN = "-failed"
    ABANDONED = "abandoned"
    ABANDONED_DOWN = "-abandoned"
    PROMPT_TOKENS = "promptTokens"
    PROMPT_TOKENS_DOWN = "-promptTokens"
    COMPLETION_TOKENS = "completionTokens"
    COMPLETION_TOKENS_DOWN = "-completionTokens"
    TOTAL_TOKENS = "totalTokens"
    TOTAL_TOKENS_DOWN = "-totalTokens"
    COST = "cost"
    COST_DOWN = "-cost"
    PROVIDER_COST = "providerCost"
    PROVIDER_COST_DOWN = "-providerCost"
    MARGIN = "margin"
    MARGIN_DOWN = "-margin"
    PACKS = "packs"
    PACKS_DOWN = "-packs"
    INCLUDED = "included"
    INCLUDED_DOWN = "-included"
    METERED = "metered"
    METERED_DOWN = "-metered"
    OVERAGE = "overage"
    OVERAGE_DOWN = "-overage"
    FEES = "fees"
    FEES_DOWN = "-fees"


class OverviewQuery(DateRangeQuery):
    """`top` is how many keys, models and owners are named, and how many keys of each state of budgets."""

    top: int = Field(default=5, ge=1, le=20)


class RowsQuery(DateRangeQuery):
    """Of what days, in what order rows come, and which of them. CSV has no pages: it is all rows.

    A cursor goes on with the rows as they were when the first page was made. It serves the query that it
    comes from, for 15 minutes.
    """

    sort: Sort = Sort.COST_DOWN
    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str | None = Field(
        default=None,
        pattern=field_errors.pattern(
            r"^[0-9A-Za-z_-]{16,64}\.[0-9]{1,6}\.[0-9]{1,6}$", "is not a cursor of this list"
        ),
    )
    form: Format | None = Field(default=None, alias="format")

    def identity(self) -> str:
        """The same for two queries if they ask for pages of the same rows."""
        asked = self.model_dump_json(exclude={"limit", "cursor", "form"}, exclude_none=True)
        return hashlib.sha256(f"{type(self).__name__} {_ROWS} {asked}".encode()).hexdigest()[:32]


class FiltersQuery(DateRangeQuery):
    """Which requests count. `owner` and `provider` may be `-`: those that have none."""

    axes: ClassVar[dict[str, FilterField]] = {
        "key_id": FilterField.KEY,
        "model": FilterField.MODEL,
        "owner": FilterField.OWNER,
        "provider": FilterField.PROVIDER,
        "tag": FilterField.TAG,
        "cost_centre": FilterField.COST_CENTRE,
    }

    def filters(self) -> Filters:
        given = {axis: getattr(self, name, None) for name, axis in self.axes.items()}
        values = {axis: value for axis, value in given.items() if value is not None}
        return Filters(values, tree=getattr(self, "tree", False))


class FilteredQuery(FiltersQuery, RowsQuery):
    """Rows of the requests that count."""


class KeysQuery(FilteredQuery):
    """`tree` counts for each key what was used by all keys below it, too."""

    key_id: KeyId | None = None
    model: Value | None = None
    owner: Value | None = None
    cost_centre: Value | None = None
    tree: bool = False


class ModelsQuery(FilteredQuery):
    """`tree` counts for the key what was used by all keys below it, too."""

    key_id: KeyId | None = None
    model: Value | None = None
    owner: Value | None = None
    cost_centre: Value | None = None
    tree: bool = False


class OwnersQuery(FilteredQuery):
    """Whose the keys were when they were used."""

    key_id: KeyId | None = None
    model: Value | None = None
    owner: Value | None = None


class CostCentresQuery(FilteredQuery):
    """Which cost centre the keys had when they were used."""

    key_id: KeyId | None = None
    model: Value | None = None
    cost_centre: Value | None = None


class ProvidersQuery(FilteredQuery):
    """Who served the requests, or failed to."""

    provider: Value | None = None


class TagsQuery(RowsQuery):
    """`tag` is the name of a tag."""

    tag: TagName


class DaysQuery(FilteredQuery):
    """One row for each day of the span, all on one page unless asked otherwise. `tag` is a `name=value`."""

    sort: Sort = Sort.NAME
    limit: int = Field(default=1000, ge=1, le=1000)
    key_id: KeyId | None = None
    model: Value | None = None
    owner: Value | None = None
    provider: Value | None = None
    tag: TagValue | None = None
    cost_centre: Value | None = None
    tree: bool = False


class HistoryQuery(MonthsQuery, DaysQuery):
    """One row for each month of the span; of a month that the span cuts, what lies within it."""
