"""Imports of well-known models on the wire, and what one would change."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tollgate.catalog.catalog import ModelType
from tollgate_admin.catalog.model_schemas import Limit
from tollgate_admin.catalog.price_schemas import PriceBody, PriceView
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import Date, FieldError, Price, RequestModel, SystemName, View

# With each entry a few reads and a write, in the seconds that API Gateway gives a request.
MAX_ENTRIES = 100


class ImportState(StrEnum):
    """What importing an entry would do.

    `new` creates the model, `price_changed` gives it another price version, `unchanged` does nothing. In the
    others something is in the way: `edited`, its price was set by hand and differs; `elsewhere`, a model of
    that name is first served by another provider; `ended`, the entry's prices have ended.
    """

    NEW = "new"
    PRICE_CHANGED = "price_changed"
    UNCHANGED = "unchanged"
    EDITED = "edited"
    ELSEWHERE = "elsewhere"
    ENDED = "ended"


class Existing(StrEnum):
    """What becomes of a model that exists: it keeps its price, gets the entry's unless its own was set by
    hand, or gets the entry's even then.
    """

    KEEP = "keep"
    UPDATE = "update"
    REPLACE = "replace"


class CatalogQuery(ListQuery):
    """`state` is what importing an entry would do."""

    vendor: Annotated[str, StringConstraints(min_length=1, max_length=32)] | None = None
    state: ImportState | None = None


class CatalogEntryView(View):
    """An entry of the shipped catalog. `before` are the prices that its model has now, if there is one.

    `after` are those that it would have. `stale`: they were read more than 90 days ago. `validUntil` is the
    last day of prices that their vendor has announced to end.
    """

    system_name: str
    vendor: str
    model_type: ModelType
    context_limit: int | None
    output_limit: int | None
    valid_until: date | None
    stale: bool
    state: ImportState
    model_id: str | None
    before: PriceView | None
    after: PriceView


class ImportEntry(PriceBody):
    """A model with all its prices: an existing one loses those that are not here.

    `validUntil` is the last day on which they may be imported.
    """

    system_name: SystemName
    model_type: ModelType
    input_price: Price
    context_limit: Limit | None = None
    output_limit: Limit | None = None
    valid_until: Date | None = None


class CatalogImport(RequestModel):
    """Names of entries of the shipped catalog, or entries of another one: exactly one of the two."""

    system_names: Annotated[list[SystemName], Field(min_length=1, max_length=MAX_ENTRIES)] | None = None
    entries: Annotated[list[ImportEntry], Field(min_length=1, max_length=MAX_ENTRIES)] | None = None
    existing: Existing = Existing.KEEP


class ImportedView(View):
    """What became of an entry. If it was refused, `detail` says why, and `errors` names fields."""

    system_name: str
    outcome: Literal["created", "updated", "unchanged", "kept", "refused"]
    model_id: str
    detail: str | None
    errors: list[FieldError]


class ImportView(View):
    """What became of each entry, in the order in which they were named."""

    data: list[ImportedView]
