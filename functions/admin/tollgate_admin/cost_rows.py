"""Rows of cost queries, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import Field

from tollgate_admin.schemas import Usd, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate.costs import Tally


class TallyView(View):
    requests: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: Usd

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(**fields(tally))


class SpanTally(TallyView):
    first: date = Field(alias="from")
    to: date


class DayRow(TallyView):
    day: date = Field(alias="date")


class KeyRow(TallyView):
    """`name` is null for a key that is gone."""

    key_id: str
    name: str | None


class ModelRow(TallyView):
    model: str
    model_id: str


class Overview(View):
    """`previous` is the span of the same length just before; `costChange` is the difference to it."""

    first: date = Field(alias="from")
    to: date
    totals: TallyView
    previous: SpanTally
    cost_change: Usd
    by_day: list[DayRow]
    top_keys: list[KeyRow]
    top_models: list[ModelRow]


class Rows(View):
    data: list[KeyRow | ModelRow]
    next_cursor: str | None


Row = TypeVar("Row", KeyRow, ModelRow)


def fields(tally: Tally) -> dict[str, Any]:
    return {
        "requests": tally.requests,
        "failed": tally.failed,
        "prompt_tokens": tally.prompt_tokens,
        "completion_tokens": tally.completion_tokens,
        "total_tokens": tally.prompt_tokens + tally.completion_tokens,
        "cost": tally.cost,
    }


def ordered(rows: Iterable[Row], by: str) -> list[Row]:
    """Rows by one of their figures, descending after a minus sign; equals by what they are a row of."""
    figure = by.removeprefix("-")
    named = sorted(rows, key=_name)
    return sorted(named, key=lambda row: getattr(row, figure), reverse=by.startswith("-"))


def to_csv(rows: Sequence[TallyView], row_type: type[TallyView]) -> str:
    """All rows under a line of the JSON names: first what a row is of, then its figures."""
    figures = TallyView.model_fields
    named = {name: field.alias for name, field in row_type.model_fields.items()}
    columns = [str(alias) for name, alias in sorted(named.items(), key=lambda pair: pair[0] in figures)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(row.model_dump(by_alias=True, mode="json") for row in rows)
    return text.getvalue()


def _name(row: KeyRow | ModelRow) -> str:
    return row.key_id if isinstance(row, KeyRow) else row.model
