"""`tollgate keys show`, `standing` and `admission`: a key, how it stands, and what refuses its calls."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.commands.keys.key_sides import Key
from tollgate_cli.commands.keys.key_views import FIELDS
from tollgate_cli.output.charts import gauge, share_of
from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.failures import ExitCode
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.moments import day, moment
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

app = group()


# As other fields call them.
_WINDOWS = {"total": "in all"}


def _pace(row: Row) -> str | None:
    pace = row["standing"]["pace"]
    return None if pace is None else f"{usd(pace['costPerDay'])} a day"


def _lasts(row: Row) -> str | None:
    """Which budgets will be used up when, of those that will be."""
    ends = {
        _WINDOWS.get(budget["window"], budget["window"]): moment(budget["forecast"]["exhaustedAt"])
        for budget in row["standing"]["budgets"]
        if budget["forecast"] and budget["forecast"]["exhaustedAt"]
    }
    return "; ".join(f"until {end} ({window})" for window, end in ends.items()) or None


def _names(key: Row, found: Row) -> dict[str, str]:
    """Those of the key and of the keys above it."""
    return {key["id"]: key["name"], **{each["keyId"]: each["name"] for each in found["above"]}}


def _refusals(row: Row) -> str | None:
    return "; ".join(_refusal(each) for each in row["standing"]["refusals"]) or None


def _refusal(refusal: Row) -> str:
    until = f", until {moment(refusal['until'])}" if refusal["until"] else ""
    return f'{refusal["reason"]} by "{refusal["name"]}" ({refusal["keyId"]}){until}'


_STANDING_FIELDS = [
    Column("Pace", _pace),
    Column("  budget lasts", _lasts, style=lambda _: "yellow"),
    Column("Calls refused", _refusals, style=lambda _: "red"),
]
SHOWN = [*FIELDS[:-1], *_STANDING_FIELDS, FIELDS[-1]]


@command(app, "show", examples=["tollgate keys show ext:search-team", "tollgate keys show key_ID --json"])
def show(key: Key) -> None:
    """Show a key: what is used of its limits, and every setting.

    With --json and --csv it is the key alone; "keys standing" has the rest.
    """
    identifier = key_id(key)
    found = session().admin.get_key(identifier)
    if session().output.format is not Format.TABLE:
        session().output.item(found, FIELDS)
        return
    standing_now = session().admin.key_standing(identifier)
    more = {"standing": standing_now, "pathNames": _names(found, standing_now)}
    session().output.item({**found, **more}, SHOWN)


def _forecast(budget: Row) -> str | None:
    if share_of(budget["used"], budget["allowance"]) >= 1:
        return "used up"
    forecast = budget["forecast"]
    if forecast is None:
        return None
    return day(forecast["exhaustedAt"]) if forecast["exhaustedAt"] else "enough"


def _gauge_style(budget: Row) -> str:
    return "red" if share_of(budget["used"], budget["allowance"]) >= 1 else "cyan"


_BUDGETS = [
    Column("Key", "name", wide=True),
    Column("Window", "window"),
    Column("", lambda row: gauge(share_of(row["used"], row["allowance"]), 6), style=_gauge_style),
    amount("Used", "used"),
    amount("Of", "allowance"),
    Column("Resets", lambda row: day(row["resetsAt"]) if row["resetsAt"] else None),
    Column("Lasts until", _forecast),
]


@command(app, "standing", examples=["tollgate keys standing ext:search-team"])
def standing(key: Key) -> None:
    """Show a key's budgets and those above it, with forecasts.

    It also says what refuses its calls at present, whatever they ask for.
    """
    identifier = key_id(key)
    found: dict[str, Any] = dict(session().admin.key_standing(identifier))
    output = session().output
    if output.format is not Format.TABLE:
        output.item(found, [])
        return
    own = [{**budget, "name": "this key"} for budget in found["budgets"]]
    above = [{**budget, "name": each["name"]} for each in found["above"] for budget in each["budgets"]]
    output.rows([*own, *above], _BUDGETS, empty="Neither it nor a key above it has a budget.")
    output.line()
    output.item(
        {"standing": found},
        [
            Column("Pace", _pace),
            Column("Calls", lambda row: _refusals(row) or "not refused", style=_calls_style),
        ],
    )


def _calls_style(row: Row) -> str:
    return "red" if row["standing"]["refusals"] else "green"


def _shortage(row: Row) -> str | None:
    short = (row["refusal"] or {}).get("shortage")
    if short is None:
        return None
    held = f" and {usd(short['held'])} held" if nonzero(short["held"]) else ""
    cost = f"; the call takes {usd(short['cost'])}" if short["cost"] else ""
    resets = f"; it resets {moment(short['resetsAt'])}" if short["resetsAt"] else ""
    return f"{short['window']}: {usd(short['used'])} of {usd(short['allowance'])} used{held}{cost}{resets}"


def _of_refusal(name: str) -> Any:
    return lambda row: None if row["refusal"] is None else row["refusal"][name]


_ADMISSION = [
    Column(
        "Admitted",
        lambda row: "yes" if row["admitted"] else "no",
        style=lambda row: "green" if row["admitted"] else "red",
    ),
    Column("Model", lambda row: row["model"] or "any"),
    Column("  served by", "servedBy"),
    amount("  would hold", "maxCost"),
    Column("Refused by", _of_refusal("keyName")),
    Column("  id", _of_refusal("keyId")),
    Column("  reason", _of_refusal("reason")),
    Column("  message", _of_refusal("message")),
    Column("  limit", _shortage),
    Column(
        "  try again",
        lambda row: (
            f"in {row['refusal']['retryAfter']:g} s"
            if row["refusal"] and row["refusal"]["retryAfter"] is not None
            else None
        ),
    ),
]


@command(
    app,
    "admission",
    examples=[
        "tollgate keys admission ext:search-team",
        "tollgate keys admission ext:search-team --model gpt-4.1-mini",
    ],
)
def admission(
    key: Key,
    *,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The call's model; any if left out.")
    ] = None,
    input_tokens: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How long its prompt is.", min=0)
    ] = None,
    output_tokens: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How long its answer is.", min=0)
    ] = None,
) -> int:
    """Tell whether a call would pass, and if not, who refuses it why.

    It is decided as the gateway would decide it now; nothing is held or changed.
    Exits with 1 if the call would be refused.
    """
    found = session().admin.check_admission(
        key_id(key), model=model, input_tokens=input_tokens, output_tokens=output_tokens
    )
    session().output.item(found, _ADMISSION)
    return ExitCode.DONE if found["admitted"] else ExitCode.FAILED
