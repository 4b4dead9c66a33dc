"""How requests for higher limits are shown, to operators and to holders."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import Field
from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.output.charts import gauge, share_of
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.moments import moment
from tollgate_cli.output.printer import Column, Row

STATES: Final = ("pending", "approved", "denied", "withdrawn", "expired")
Request = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")]
State = Annotated[str | None, one_of(STATES, "Only requests in this state.")]

APPROVAL: Final = (
    Field("limit", "money", "Another limit than was asked for, USD."),
    Field("until", "moment", "Another end: 7d, a day, a moment. \"none\" is for good.", nullable=True),
    Field("note", "text", "What whoever asked is told."),
)  # fmt: skip
DENIAL: Final = (Field("reason", "text", "What whoever asked is told."),)


def _style(request: Row) -> str | None:
    return {"pending": "yellow", "approved": "green", "denied": "red"}.get(request["state"], "dim")


def _use(request: Row) -> str | None:
    budget = request["budget"]
    return None if budget is None else gauge(share_of(budget["used"], budget["allowance"]), 6)


def _now(request: Row) -> str:
    budget = request["budget"]
    if budget is None:
        return "there is no such limit any more"
    share = gauge(share_of(budget["used"], budget["allowance"]))
    return (
        f"{share} {usd(budget['used'])} of {usd(budget['allowance'])} used, {usd(budget['remaining'])} left"
    )


def _of_decision(name: str) -> Any:
    return lambda row: None if row["decision"] is None else row["decision"].get(name)


def _granted(request: Row) -> str | None:
    decision = request["decision"]
    if decision is None or decision["limit"] is None:
        return None
    return f"{usd(decision['limit'])}{_until(decision['until'])}"


def _until(text: str | None) -> str:
    return f" until {moment(text)}" if text else " for good"


COLUMNS: Final = [
    Column("ID", "id"),
    Column("Key", lambda row: row["keyName"] or row["keyId"], wide=True),
    Column("State", "state", style=_style),
    Column("Window", "window"),
    Column("", _use),
    amount("From", "limitWhenAsked"),
    amount("To", "limit"),
]
FIELDS: Final = [
    Column("ID", "id"),
    Column("Key", "keyName"),
    Column("  id", "keyId"),
    Column("State", "state", style=_style),
    Column("Asks for", lambda row: f"{usd(row['limit'])} ({row['window']}){_until(row['until'])}"),
    amount("  instead of", "limitWhenAsked"),
    Column("  because", "reason"),
    Column("  asked", lambda row: moment(row["askedAt"])),
    Column("  asked by", lambda row: row["askedBy"] if row["askedBy"] != row["keyId"] else None),
    Column("  open until", lambda row: moment(row["expiresAt"]) if row["state"] == "pending" else None),
    Column("Budget now", _now),
    Column("Granted", _granted),
    Column("Decided", lambda row: moment(_of_decision("at")(row))),
    Column("  by", _of_decision("byName")),
    Column("  note", _of_decision("note")),
]
