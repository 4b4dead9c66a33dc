"""`tollgate costs by`: rows of costs by what they are asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.declared import command
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.costs import cost_options
from tollgate_cli.commands.costs.cost_options import filters
from tollgate_cli.output.failures import UsageError
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

# What costs can be listed by: the client's method, the column that names a row, and the filters it takes.
_NAMED: Final[dict[str, tuple[str, Column, frozenset[str]]]] = {
    "key": (
        "by_key",
        Column("Key", lambda row: row["name"] or f"{row['keyId']} (deleted)", wide=True),
        frozenset({"key", "model", "owner", "cost_centre", "tree"}),
    ),
    "model": (
        "by_model",
        Column("Model", "model", wide=True),
        frozenset({"key", "model", "owner", "cost_centre", "tree"}),
    ),
    "provider": (
        "by_provider",
        Column("Provider", lambda row: row["name"] or row["providerId"] or "unknown", wide=True),
        frozenset({"provider"}),
    ),
    "owner": (
        "by_owner",
        Column("Owner", lambda row: row["owner"] or "no owner", wide=True),
        frozenset({"key", "model", "owner"}),
    ),
    "tag": (
        "by_tag",
        Column("Value", lambda row: "without the tag" if row["value"] is None else row["value"], wide=True),
        frozenset({"tag"}),
    ),
    "cost-centre": (
        "by_cost_centre",
        Column("Cost centre", lambda row: row["costCentre"] or "none", wide=True),
        frozenset({"key", "model", "cost_centre"}),
    ),
    "day": (
        "by_day",
        Column("Day", "date"),
        frozenset({"key", "model", "owner", "provider", "tag", "cost_centre", "tree"}),
    ),
    "month": (
        "by_month",
        Column("Month", "month"),
        frozenset({"key", "model", "owner", "provider", "tag", "cost_centre", "tree"}),
    ),
}
SORTS: Final = (
    "name", "requests", "failed", "abandoned", "promptTokens", "completionTokens", "totalTokens", "cost",
    "providerCost", "margin", "packs", "included", "metered", "overage", "fees",
)  # fmt: skip
_EXAMPLES: Final = (
    "tollgate costs by key --from 30d --sort -cost",
    "tollgate costs by tag --tag team --csv",
    "tollgate costs by day --key ext:search-team --tree",
)


def add_to(app: typer.Typer) -> None:
    """Puts it into the group `costs`."""
    command(app, "by", examples=_EXAMPLES)(by)


def by(
    what: Annotated[str, typer.Argument(metavar="WHAT", help=f"What rows are made of: {', '.join(_NAMED)}.")],
    *,
    from_: cost_options.From = None,
    to: cost_options.To = None,
    zone: cost_options.Zone = None,
    key: cost_options.KeyFilter = None,
    model: cost_options.ModelFilter = None,
    owner: cost_options.OwnerFilter = None,
    provider: cost_options.ProviderFilter = None,
    tag: Annotated[
        str | None,
        typer.Option(metavar="NAME[=VALUE]", help="Only of keys with this tag; by tag: its name."),
    ] = None,
    cost_centre: cost_options.CostCentreFilter = None,
    tree: cost_options.Tree = False,
    sort: Annotated[
        str | None,
        typer.Option(metavar="[-]FIGURE", help="Such as cost; -cost for the largest first."),
    ] = None,
    limit: Limit = None,
) -> None:
    """List costs by key, model, provider, owner, tag, cost centre, day or month."""
    if what not in _NAMED:
        raise UsageError(f"{what!r} is none of {', '.join(_NAMED)}.")
    method, named, known = _NAMED[what]
    given = {
        "key": key,
        "model": model,
        "owner": owner,
        "provider": provider,
        "tag": tag,
        "cost_centre": cost_centre,
        "tree": tree,
    }
    _check_filters(what, given, known)
    if sort is not None and sort.removeprefix("-") not in SORTS:
        raise UsageError(
            f"--sort must be one of {', '.join(SORTS)}, with a - before it for the largest first."
        )
    asked = filters(from_=from_, to=to, zone=zone, sort=sort, **given)
    output = session().output
    rows = list(all_pages(getattr(session().admin, method), limit, **asked))
    columns = [_with_total(named), *cost_options.figures(rows)]
    if output.format is Format.TABLE and rows:
        output.line(_span(from_, to), "dim")
        # Trees of keys contain one another.
        if len(rows) > 1 and (limit is None or len(rows) < limit) and not (what == "key" and tree):
            rows.append(_total(rows))
    output.rows(rows, columns, empty="Nothing was spent.")


def _span(first: str | None, last: str | None) -> str:
    """The days, of which the API takes thirty by itself."""
    if first is None:
        return "the last 30 days" if last is None else f"30 days up to {last}"
    return f"{first} to {last or 'today'}"


def _total(rows: Sequence[Row]) -> Row:
    cost = sum((Decimal(row["cost"]) for row in rows), Decimal(0))
    counts = {name: sum(row[name] for row in rows) for name in ("requests", "totalTokens")}
    return {**counts, "cost": f"{cost:f}", "isTotal": True}


def _with_total(named: Column) -> Column:
    """The column that names rows, of which the last may be that of the total."""

    def value(row: Row) -> str:
        return "Total" if row.get("isTotal") else named.cell(row).text

    return replace(named, value=value, style=lambda row: "bold" if row.get("isTotal") else None)


def _check_filters(what: str, given: dict[str, Any], known: frozenset[str]) -> None:
    unknown = [name for name, value in given.items() if value and name not in known]
    if unknown:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(known))
        raise UsageError(
            f"Costs by {what} can't be narrowed by --{unknown[0].replace('_', '-')}, only by {options}."
        )
    if what == "tag" and not given["tag"]:
        raise UsageError("Costs by tag need the tag's name: --tag NAME.")
