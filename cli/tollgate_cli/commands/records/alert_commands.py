"""`tollgate alerts`: what was told to whom, and what is told by default."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.newest import NEWEST, Newest, NewestRows
from tollgate_cli.output.counted import counted
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.moments import minute
from tollgate_cli.output.printer import Column, Row
from tollgate_cli.session.current import session

app = group()
defaults = group("Show and set the alerts of keys that have none of their own.")
app.add_typer(defaults, name="defaults")

_LEVELS: Final = {"limit": "red", "urgent": "red", "warning": "yellow"}
# In the order in which they are shown.
DEFAULTS: Final = (
    Field(
        "budgetAlertThresholds",
        "json",
        'What is told whom at which percentage: [{"percent": 80, "level": "warning", "notify": ["owner"]}].',
    ),
    Field("debounceSeconds", "integer", "How long an alert keeps quiet after one of its kind, in seconds."),
    Field(
        "remindAfterSeconds", "integer", "When to remind of a budget that is still used up.", nullable=True
    ),
    Field("forecastDays", "integer", "So many days ahead a budget's end is told; 0 for never."),
    Field("notifyRecovery", "boolean", "Tell when a budget has room again."),
    Field("adminEmails", "list", "Whom admin stands for in thresholds."),
    Field("consoleUrl", "text", "The console, for links in messages.", nullable=True),
)
_TEST: Final = (
    Field("keyId", "text", "The key that it is about: its id, external id or name.", option="--key"),
    Field("percent", "integer", "Of which threshold (default: its highest)."),
)


def _deliveries(alert: Row) -> str:
    """How many were sent, and what failed."""
    states = [each["state"] for each in alert["deliveries"]]
    failed = [each for each in alert["deliveries"] if each["state"] == "failed"]
    if failed:
        return f"failed: {failed[0]['error'] or failed[0]['address'] or failed[0]['channel']}"
    pending = states.count("pending")
    return f"{pending} to be sent" if pending else counted(len(states), "message")


def _kind(alert: Row) -> str:
    kind = alert["kind"].replace("_", " ")
    return f"{alert['percent']}% {kind}" if alert["percent"] is not None else kind


def _used(alert: Row) -> str:
    return f"{usd(alert['used'])} of {usd(alert['limit'])}"


_COLUMNS: Final = (
    Column("UTC", lambda row: minute(row["createdAt"])),
    Column("Key", lambda row: row["keyName"] or row["keyId"], wide=True),
    Column("Alert", _kind, wide=True, style=lambda row: _LEVELS.get(row["level"])),
    Column("Used", _used, right=True),
    Column("Told", _deliveries, wide=True),
)
# Below it, why a delivery failed is left out, and the year.
_ROOM_FOR_DELIVERIES: Final = 110
_NARROW: Final = (
    Column("UTC", lambda row: minute(row["createdAt"])[5:]),
    *_COLUMNS[1:-1],
    Column("Told", lambda row: _deliveries(row).partition(":")[0]),
)
_DEFAULTS: Final = (
    Column(
        "Thresholds",
        lambda row: "; ".join(_threshold(each) for each in row["budgetAlertThresholds"]) or "none",
    ),
    Column("Quiet after one for", lambda row: _span(row["debounceSeconds"])),
    Column("Reminder after", lambda row: _span(row["remindAfterSeconds"]) or "never"),
    Column(
        "Forecast",
        lambda row: f"{counted(row['forecastDays'], 'day')} ahead" if row["forecastDays"] else "none",
    ),
    Column("Tell recovery", "notifyRecovery"),
    Column("Admins", lambda row: ", ".join(row["adminEmails"]) or "none"),
    Column("Console", "consoleUrl"),
    Column("Revision", "revision"),
)


@command(app, "list", examples=["tollgate alerts list", "tollgate alerts list --key ext:search-team --json"])
def list_alerts(
    *,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only of this key: its id, external id or name.")
    ] = None,
    limit: Newest = NEWEST,
) -> None:
    """List alerts, newest first, and whether they were sent."""
    filters: dict[str, Any] = {} if key is None else {"key_id": key_id(key)}
    rows = NewestRows(session().admin.list_alerts, limit, **filters)
    width = session().output.width
    columns = _COLUMNS if width is None or width >= _ROOM_FOR_DELIVERIES else _NARROW
    session().output.rows(rows, columns, empty="No alerts.")
    rows.note()


@command(
    app,
    "test",
    examples=["tollgate alerts test --key ext:search-team", "tollgate alerts test --key key_ID --percent 95"],
)
@takes_body(_TEST, required=["keyId"])
def test(*, body: dict[str, Any]) -> None:
    """Send a test alert about a key to whom a threshold of it would tell."""
    if isinstance(body["keyId"], str):
        body["keyId"] = key_id(body["keyId"])
    alert = session().admin.raise_test(body)  # type: ignore[arg-type] # its fields are the options'
    told = ", ".join(each["address"] or each["channel"] for each in alert["deliveries"])
    session().output.item(
        alert,
        [
            Column("Alert", "id"),
            Column("Key", "keyName"),
            Column("Used", _used),
            Column("Will be told", lambda _: told or "nobody: the threshold names none"),
        ],
    )


@command(defaults, "show", examples=["tollgate alerts defaults show"])
def show_defaults() -> None:
    """Show the defaults in effect."""
    session().output.item(session().admin.get_defaults(), _DEFAULTS)


@command(
    defaults,
    "set",
    examples=[
        "tollgate alerts defaults set --forecast-days 5 --no-notify-recovery",
        "tollgate alerts defaults set --admin-emails budgets@example.com",
        "tollgate alerts defaults set --json-body defaults.json",
    ],
)
@takes_body(DEFAULTS)
def set_defaults(*, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Set defaults. What isn't named stays as it is.

    For that, those in effect are read first, and nothing is set if somebody changes them meanwhile.
    """
    if any(field.name not in body for field in DEFAULTS):
        present: dict[str, Any] = dict(session().admin.get_defaults())
        revision = present.pop("revision")
        body = {**present, **body}
        if "revision" not in body and if_match is None:
            if_match = revision
    changed = session().admin.set_defaults(body, if_match=if_match)  # type: ignore[arg-type] # as above
    session().output.item(changed, _DEFAULTS)


def _threshold(threshold: Row) -> str:
    return f"{threshold['percent']}% {threshold['level']} to {', '.join(threshold['notify']) or 'nobody'}"


def _span(seconds: int | None) -> str:
    """Seconds in the largest unit that has a whole number of them."""
    if seconds is None:
        return ""
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return counted(seconds // size, name)
    return counted(seconds, "second")
