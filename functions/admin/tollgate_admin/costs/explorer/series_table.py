"""A series as a table: a row for each group and period, as pivot tables take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate_admin.web.csv_output import defused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tollgate_admin.costs.explorer.series_schemas import Series

_GROUP, _OTHER = "group", "other"


def table(series: Series) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The names of its columns, and its rows. `kind` tells groups from the rest, of which there is one."""
    return ["period", "kind", "value", "name", series.metric.value], _rows(series)


def _rows(series: Series) -> Iterator[dict[str, Any]]:
    for group in series.groups:
        shown = {"kind": _GROUP, "value": _text(group.value), "name": _text(group.name)}
        yield from _by_period(series, shown, group.values)
    yield from _by_period(series, {"kind": _OTHER}, series.other.values)


def _by_period(series: Series, shown: dict[str, Any], values: list[Decimal]) -> Iterator[dict[str, Any]]:
    for period, value in zip(series.periods, values, strict=True):
        yield {"period": period, **shown, series.metric.value: money.to_string(value)}


def _text(text: str | None) -> str | None:
    return None if text is None else defused(text)
