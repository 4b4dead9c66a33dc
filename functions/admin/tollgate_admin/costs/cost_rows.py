"""Sums as rows: in order, and under the names that things have by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass
from tollgate_admin.costs.cost_queries import Sort
from tollgate_admin.costs.schemas import (
    FIGURES,
    CostCentreRow,
    DayRow,
    KeyRow,
    ModelRow,
    MonthRow,
    OwnerRow,
    ProviderRow,
    TagRow,
    TallyView,
    fields,
)
from tollgate_admin.web.csv_output import defused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from tollgate.costs.aggregates import Tally
    from tollgate_admin.composition import Services
    from tollgate_admin.costs.cost_sums import Sum

RowT = TypeVar("RowT", bound=TallyView)

FIGURE_OF: dict[str, Callable[[Tally], Any]] = {
    "requests": lambda tally: tally.requests,
    "failed": lambda tally: tally.failed,
    "abandoned": lambda tally: tally.abandoned,
    "promptTokens": lambda tally: tally.prompt_tokens,
    "completionTokens": lambda tally: tally.completion_tokens,
    "totalTokens": lambda tally: tally.prompt_tokens + tally.completion_tokens,
    "cost": lambda tally: tally.cost,
    "providerCost": lambda tally: tally.provider_cost,
    "margin": lambda tally: tally.parts.margin,
    "packs": lambda tally: tally.parts.packs,
    "included": lambda tally: tally.parts.included,
    "metered": lambda tally: tally.parts.metered,
    "overage": lambda tally: tally.parts.overage,
    "fees": lambda tally: tally.parts.fees,
}


@dataclass(frozen=True, slots=True)
class Listing(Generic[RowT]):
    """A kind of rows. `identity` says what a row is of, given the value of its sum and that value's name.

    `names` looks names up, where things have others than the values that sums are kept by.
    """

    name: str
    row_type: type[RowT]
    identity: Callable[[Any, str | None], dict[str, Any]]
    names: Callable[[Services, Collection[str]], Mapping[str, str]] | None = None

    def rows(self, services: Services, sums: Sequence[Sum]) -> list[RowT]:
        names = self.names_of(services, sums)
        return [
            self.row_type(**self.identity(each.value, names.get(each.value or "")), **fields(each.tally))
            for each in sums
        ]

    def ordered(self, services: Services, sums: Sequence[Sum], by: Sort) -> list[Sum]:
        """By a figure, or by the names that rows show; equals by what they are rows of."""
        descending, figure = by.startswith("-"), by.removeprefix("-")
        ascending = sorted(sums, key=_value)
        if figure != Sort.NAME:
            return sorted(ascending, key=lambda each: FIGURE_OF[figure](each.tally), reverse=descending)
        if self.names is not None:
            names = self.names_of(services, sums)
            ascending.sort(key=lambda each: names.get(each.value or "", ""))
        return ascending[::-1] if descending else ascending

    def cells(self, services: Services, sums: Sequence[Sum]) -> tuple[list[str], Iterator[dict[str, Any]]]:
        """Names of columns and the rows of a table: first what a row is of, then its figures."""
        columns = table_columns(self.row_type)
        return columns, map(table_row, self.rows(services, sums))

    def names_of(self, services: Services, sums: Iterable[Sum]) -> Mapping[str, str]:
        """Names by the values that sums are kept by, as far as things have others than those."""
        values = {each.value for each in sums if each.value is not None}
        return self.names(services, values) if self.names is not None and values else {}


def table_columns(row_type: type[TallyView]) -> list[str]:
    """The names of the JSON: first of what a row is of, then of its figures."""
    aliases = {name: str(field.alias) for name, field in row_type.model_fields.items()}
    return [alias for _, alias in sorted(aliases.items(), key=lambda pair: pair[0] in FIGURES)]


def table_row(row: TallyView) -> dict[str, Any]:
    """A row's cells: figures as they are, text so that no spreadsheet runs it."""
    figures = row.model_dump(by_alias=True, mode="json", include=FIGURES)
    texts = row.model_dump(by_alias=True, mode="json", exclude=FIGURES)
    return figures | {name: text if text is None else defused(text) for name, text in texts.items()}


def _value(each: Sum) -> tuple[bool, str]:
    """What a sum is of; that of requests without such a thing comes first."""
    return each.value is not None, each.value or ""


def _key_names(services: Services, key_ids: Collection[str]) -> Mapping[str, str]:
    return services.keys.names(key_ids)


def _provider_names(services: Services, _provider_ids: Collection[str]) -> Mapping[str, str]:
    return {provider.id: provider.name for provider in services.catalog.providers()}


DAYS = Listing("by-day", DayRow, lambda day, _: {"day": day})
MONTHS = Listing("by-month", MonthRow, lambda month, _: {"month": month})
KEYS = Listing("by-key", KeyRow, lambda key_id, name: {"key_id": key_id, "name": name}, _key_names)
MODELS = Listing("by-model", ModelRow, lambda model, _: {"model": model, "model_id": catalog.model_id(model)})
OWNERS = Listing("by-owner", OwnerRow, lambda owner, _: {"owner": owner})
PROVIDERS = Listing(
    "by-provider",
    ProviderRow,
    lambda provider_id, name: {"provider_id": provider_id, "name": name},
    _provider_names,
)
COST_CENTRES = Listing("by-cost-centre", CostCentreRow, lambda centre, _: {"cost_centre": centre})
TAGS = Listing("by-tag", TagRow, lambda value, _: {"value": value})
