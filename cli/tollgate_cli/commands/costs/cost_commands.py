"""`tollgate costs`: the overview, the outlook and how budgets stand; the rest of the group beside it."""

from __future__ import annotations

from decimal import Decimal
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
from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.moments import day
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.table_layout import columns_of, cut, styled
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
_THEN: Final = "last month up to that day"
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
    ] = 3,
) -> None:
    """Show what was spent, its course by day, and who and what costs most.

    --csv has the days, a row each.
    """
    output = session().output
    found: Row = session().admin.overview(**filters(from_=from_, to=to, zone=zone, top=top))
    if output.format is Format.JSON:
        output.item(found, [])
        return
    if output.format is Format.CSV:
        output.rows(found["byDay"], [], empty="")
        return
    totals, change = found["totals"], found["change"]["cost"]
    output.line(f"{found['from']} to {found['to']} ({found['zone']})", "dim")
    before = f"the {counted(len(found['byDay']), 'day')} before"
    output.line(f"{usd(totals['cost'])}{_change(change, before)}", "bold")
    output.line(
        f"{counted(totals['requests'], 'request')}, {totals['failed']:,} failed, "
        f"{totals['totalTokens']:,} tokens"
    )
    _course(found["byDay"])
    _tops({title: _named(found[rows], name) for title, rows, name in _TOPS})
    output.line()
    _health(found["budgetHealth"], top)


@command(app, "outlook", examples=["tollgate costs outlook"])
def outlook() -> None:
    """Show this month up to now, the last one, and what this one comes to if it goes on so."""
    found = session().admin.outlook()
    forecast = found["forecast"]
    session().output.item(
        found,
        [
            Column("Month", lambda row: f"{row['month']}, up to {row['today']} ({row['zone']})"),
            Column(
                "Spent", lambda row: usd(row["thisMonth"]["cost"]) + _change(row["change"]["cost"], _THEN)
            ),
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


def _change(change: Row, before: str) -> str:
    """The difference to what was `before`, as a sentence's end."""
    if change["percent"] is None:
        return ""
    percent = Decimal(change["percent"])
    if not percent:
        return f" (as much as {before})"
    return f" ({abs(percent):f}% {'more' if percent > 0 else 'less'} than {before})"


def _course(days: Sequence[Row]) -> None:
    """A sparkline, and below it where it begins and ends, and its peak."""
    output = session().output
    line = sparkline([day["cost"] for day in days], _room(output.width))
    output.line(line, "cyan")
    most = max(days, key=lambda day: Decimal(day["cost"]), default=None)
    if most is None or not nonzero(most["cost"]):
        return
    peak = f"most: {usd(most['cost'])} on {most['date']}"
    first, last = days[0]["date"][5:], days[-1]["date"][5:]
    gap = len(line) - len(first) - len(last)
    ends = f"{first}{' ' * gap}{last}" if gap > 0 else ""
    together = f"{ends}   {peak}" if ends else peak
    fits = output.width is None or len(together) <= output.width
    for text in [together] if fits else [ends, peak]:
        output.line(text, "dim")


def _named(rows: Sequence[Row], name: str) -> list[Row]:
    """The rows with their names; none if there is but the rest that has no name."""
    if all(row[name] is None and "keyId" not in row for row in rows):
        return []
    return [{"name": row[name] or row.get("keyId") or "none", "cost": row["cost"]} for row in rows]


def _tops(tops: Mapping[str, Sequence[Row]]) -> None:
    """One table, so that costs and bars are below each other; each part begins with its title."""
    output = session().output
    rows: list[Row] = []
    for title, top in tops.items():
        if top:
            rows += [{"name": ""}, {"name": title}]
            rows += [{**row, "most": top[0]["cost"]} for row in top]
    if not rows:
        return
    # The table's own head is the first title.
    first, rows = rows[1]["name"], rows[2:]
    names = max(columns_of(row["name"]) for row in rows)
    if output.width is not None:
        names = min(names, _LONGEST_NAME)
    columns = [
        Column(first, lambda row: cut(row["name"], names), wide=True, style=_title_style),
        Column("Cost", lambda row: usd(row.get("cost")), right=True),
        Column("", _bar, style=lambda _: "cyan"),
    ]
    output.line()
    output.rows(rows, columns, empty="")


def _title_style(row: Row) -> str | None:
    return None if "cost" in row else "bold"


def _bar(row: Row) -> str | None:
    return bar(row["cost"], row["most"], BAR_WIDTH) if "cost" in row else None


def _health(found: Row, top: int | None = None) -> None:
    """How many budgets are in each state, and the worst of them: `top` at most."""
    output = session().output
    counts = [
        styled(
            f"{found[state]['count']:,} {state}",
            colour if found[state]["count"] else "dim",
            colour=output.colour,
        )
        for state, colour in _STATES
    ]
    output.line(f"{styled('Budgets', 'bold', colour=output.colour)}  {', '.join(counts)}")
    worst = sorted((*found["exhausted"]["worst"], *found["near"]["worst"]), key=_used, reverse=True)[:top]
    if worst:
        output.line()
        output.rows(
            worst,
            [
                Column("Key", lambda row: row["name"] or row["keyId"], wide=True),
                Column("Window", _window),
                Column("Used", _percent_used, right=True, style=_used_style),
                Column("Resets", lambda row: row["resetsAt"] and day(row["resetsAt"])),
            ],
            empty="",
        )


def _window(row: Row) -> str | None:
    window: str | None = row["window"]
    return "in all" if window == "total" else window


def _used(row: Row) -> int:
    """In percent; a budget of 0 is used up."""
    percent: int | None = row["percentUsed"]
    return 100 if percent is None else percent


def _used_style(row: Row) -> str:
    return "red" if _used(row) >= 100 else "yellow"


def _percent_used(row: Row) -> str:
    return "" if row["percentUsed"] is None else f"{row['percentUsed']}%"


def _room(width: int | None) -> int | None:
    return width and max(width - 2, 1)


breakdown_command.add_to(app)
series_command.add_to(app)
cost_files.add_to(app)
what_if_command.add_to(app)
cost_check_commands.add_to(app)
