"""`tollgate usage`: how a key stands, for its holder."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import own_key_id
from tollgate_cli.commands.costs import cost_options
from tollgate_cli.commands.own.budget_windows import window_of
from tollgate_cli.output.charts import BAR_WIDTH, bar, gauge, share_of, sparkline
from tollgate_cli.output.counted import counted
from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.figure_columns import amount, count
from tollgate_cli.output.moments import day, moment
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

app = group()

# From which share on a budget is nearly used, as budgets' states have it.
_NEAR: Final = Decimal("0.8")


@command(
    app, "usage", examples=["tollgate usage", "tollgate usage --from 7d --tree", "tollgate usage --json"]
)
def usage(
    *,
    from_: cost_options.From = None,
    to: cost_options.To = None,
    zone: cost_options.Zone = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="A key below, by its id or name (default: your own).")
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="With what keys below it have spent.")] = False,
) -> None:
    """Show how your key's budgets stand, and what was spent on which model and day."""
    output = session().output
    given: dict[str, Any] = {
        "from_": from_, "to": to, "zone": zone, "key_id": None if key is None else own_key_id(key),
        "tree": tree or None,
    }  # fmt: skip
    found = session().client.usage(**{name: value for name, value in given.items() if value is not None})
    if output.format is not Format.TABLE:
        output.item(found, [])
        return
    status = "" if found["status"] == "active" else f" ({found['status']})"
    output.line(f"{escaped(found['name'])}{status}", "bold")
    for block in found["blockedBy"]:
        resets = f" until {moment(block['resetsAt'])}" if block["resetsAt"] else ""
        output.line(f"Refused{resets}: a budget above ({block['window']}) is used up.", "red")
    _budgets(found["budgets"])
    _rates(found["rateLimits"])
    _spent(found)


def _budgets(budgets: Sequence[Row]) -> None:
    output = session().output
    output.line()
    if not budgets:
        output.line("No budget of its own.")
        return
    output.rows(
        budgets,
        [
            Column("Budget", window_of),
            amount("Used", "used"),
            amount("Of", "allowance"),
            Column("", _used, style=_colour),
            amount("Left", "remaining"),
        ],
        empty="",
    )
    for budget in budgets:
        about = "; ".join(_about(budget))
        if about:
            output.line(f"{window_of(budget)}: {about}", "dim")


def _about(budget: Row) -> list[str]:
    said = []
    if nonzero(budget["held"]):
        said.append(f"{usd(budget['held'])} held for calls that run")
    if nonzero(budget["packs"]):
        said.append(f"{usd(budget['packs'])} in packs, which pay first")
    if budget["resetsAt"]:
        said.append(f"starts again {moment(budget['resetsAt'])}")
    forecast = budget["forecast"]
    if forecast and forecast["exhaustedAt"] and not budget["exhausted"]:
        said.append(f"used up about {day(forecast['exhaustedAt'])} if it goes on so")
    return said


def _used(budget: Row) -> str:
    return gauge(share_of(budget["used"], budget["allowance"]), BAR_WIDTH)


def _colour(budget: Row) -> str:
    if budget["exhausted"]:
        return "red"
    return "yellow" if share_of(budget["used"], budget["allowance"]) >= _NEAR else "green"


def _rates(rates: Row) -> None:
    parts = [
        f"{rates[name]['remaining']:,} of {rates[name]['limit']:,} {what}"
        for name, what in (
            ("requests", "requests this minute"),
            ("tokens", "tokens this minute"),
            ("parallel", "at once"),
        )
        if rates[name] is not None
    ]
    if parts:
        session().output.line()
        session().output.line(f"Left now: {', '.join(parts)}")


def _spent(found: Row) -> None:
    output = session().output
    totals = found["totals"]
    output.line()
    with_tree = ", with keys below" if found["tree"] else ""
    output.line(f"{found['from']} to {found['to']} ({found['zone']}){with_tree}", "dim")
    output.line(
        f"{usd(totals['cost'])} for {counted(totals['requests'], 'request')}, "
        f"{totals['failed']:,} failed, {totals['totalTokens']:,} tokens"
    )
    if found["pace"]:
        output.line(f"{usd(found['pace']['costPerDay'])} a day of late")
    if not totals["requests"]:
        return
    width = output.width
    output.line(sparkline([day["cost"] for day in found["byDay"]], width and max(width - 2, 1)), "cyan")
    most = max((row["cost"] for row in found["byModel"]), key=float, default="0")
    output.line()
    output.rows(
        found["byModel"],
        [
            Column("Model", "model", wide=True),
            count("Requests", "requests"),
            amount("Cost", "cost"),
            Column("", lambda row: bar(row["cost"], most, BAR_WIDTH), style=lambda _: "cyan"),
        ],
        empty="",
    )
    output.line()
    days = [day for day in found["byDay"] if day["requests"]]
    output.rows(
        days,
        [
            Column("Day", "date"),
            count("Requests", "requests"),
            count("Tokens", "totalTokens"),
            amount("Cost", "cost"),
        ],
        empty="",
    )
