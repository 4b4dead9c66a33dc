"""`tollgate costs`: the overview, the outlook and how budgets stand; the rest of the group beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.commands.costs import (
    breakdown_command,
    cost_files,
    cost_options,
    series_command,
    what_if_command,
)
from tollgate_cli.commands.costs.cost_options import filters
from tollgate_cli.commands.operations import cost_check_commands
from tollgate_cli.output.charts import BAR_WIDTH, bar, sparkline
from tollgate_cli.output.counted import counted
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.table_layout import columns_of, cut
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

app = group()

_TOPS: Final = (
    ("Models", "topModels", "model"),
    ("Keys", "topKeys", "name"),
    ("Owners", "topOwners", "owner"),
    ("Cost centres", "topCostCentres", "costCentre"),
)
# In columns of a terminal: longer names don't push the bars of others aside.
_LONGEST_NAME: Final = 36
_STATES: Final = (("exhausted", "red"), ("near", "yellow"), ("fine", "green"), ("unlimited", None))


@command(
    app, "overview", examples=["tollgate costs overview", "tollgate costs overview --from 7d --top 10 --json"]
)
def overview(
    *,
    from_: cost_options.From = None,
    to: cost_options.To = None,
    zone: cost_options.Zone = None,
    top: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, max=50, help="How many keys, models and owners.")
    ] = 5,
) -> None:
    """Show what was spent, its course by day, and who and what costs most."""
    output = session().output
    found: Row = session().admin.overview(**filters(from_=from_, to=to, zone=zone, top=top))
    if output.format is not Format.TABLE:
        output.item(found, [])
        return
    totals, change = found["totals"], found["change"]["cost"]
    output.line(f"{found['from']} to {found['to']} ({found['zone']})", "dim")
    output.line(f"{usd(totals['cost'])}{_change(change)}", "bold")
    output.line(
        f"{counted(totals['requests'], 'request')}, {totals['failed']:,} failed, "
        f"{totals['totalTokens']:,} tokens"
    )
    course = sparkline([day["cost"] for day in found["byDay"]], _room(output.width))
    output.line(course, "cyan")
    _bars({title: _named(found[rows], name) for title, rows, name in _TOPS})
    output.line()
    _health(found["budgetHealth"])


@command(app, "outlook", examples=["tollgate costs outlook"])
def outlook() -> None:
    """Show this month up to now, the last one, and what this one comes to if it goes on so."""
    found = session().admin.outlook()
    forecast = found["forecast"]
    session().output.item(
        found,
        [
            Column("Month", lambda row: f"{row['month']}, up to {row['today']} ({row['zone']})"),
            Column("Spent", lambda row: usd(row["thisMonth"]["cost"]) + _change(row["change"]["cost"])),
            Column("Last month", lambda row: usd(row["lastMonth"]["cost"])),
            Column("  up to that day", lambda row: usd(row["lastMonthToDate"]["cost"])),
            Column(
                "Forecast",
                lambda _: (
                    forecast and f"{usd(forecast['cost'])}, by {counted(forecast['days'], 'day')} of use"
                ),
            ),
        ],
    )


@command(app, "health", examples=["tollgate costs health", "tollgate costs health --limit 20 --json"])
def health(
    *,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="NUMBER", help="How many keys of each state.")
    ] = None,
) -> None:
    """Show how many keys' budgets are used up, nearly so, or fine, and which are the worst."""
    output = session().output
    found = session().admin.budget_health(limit=limit)
    if output.format is not Format.TABLE:
        output.item(found, [])
        return
    _health(found)


def _change(change: Row) -> str:
    """The difference to what it is compared with, as a sentence's end."""
    if change["percent"] is None:
        return ""
    up = not change["percent"].startswith("-")
    return f" ({'+' if up else ''}{change['percent']}% on the span before)"


def _named(rows: Sequence[Row], name: str) -> list[Row]:
    """The rows with their names; none if there is but the rest that has no name."""
    if all(row[name] is None and "keyId" not in row for row in rows):
        return []
    return [{"name": row[name] or row.get("keyId") or "none", "cost": row["cost"]} for row in rows]


def _bars(tops: Mapping[str, Sequence[Row]]) -> None:
    """A table for each title, with bars that begin in the same column; in pipes names are whole."""
    output = session().output
    rows = [row for each in tops.values() for row in each]
    names = max((columns_of(row["name"]) for row in rows), default=0)
    if output.width is not None:
        names = min(names, _LONGEST_NAME)
    costs = max((len(usd(row["cost"])) for row in rows), default=0)
    for title, top in tops.items():
        if not top:
            continue
        columns = [
            Column(title.ljust(names), lambda row: cut(row["name"], names), wide=True),
            Column("Cost".rjust(costs), lambda row: usd(row["cost"]), right=True),
            _bar_of(top[0]["cost"]),
        ]
        output.line()
        output.rows(top, columns, empty="")


def _bar_of(most: str) -> Column:
    return Column("", lambda row: bar(row["cost"], most, BAR_WIDTH), style=lambda _: "cyan")


def _health(found: Row) -> None:
    output = session().output
    output.line("Budgets", "bold")
    for state, colour in _STATES:
        output.line(f"  {found[state]['count']:>6,} {state}", colour if found[state]["count"] else "dim")
    worst = [*found["exhausted"]["worst"], *found["near"]["worst"]]
    if worst:
        output.line()
        output.rows(
            worst,
            [
                Column("Worst", lambda row: row["name"] or row["keyId"], wide=True),
                Column("Budget", "window"),
                Column("Used", _percent_used, right=True),
                Column("Resets", "resetsAt"),
            ],
            empty="",
        )


def _percent_used(row: Row) -> str:
    return "" if row["percentUsed"] is None else f"{row['percentUsed']}%"


def _room(width: int | None) -> int | None:
    return width and max(width - 2, 1)


breakdown_command.add_to(app)
series_command.add_to(app)
cost_files.add_to(app)
what_if_command.add_to(app)
cost_check_commands.add_to(app)
