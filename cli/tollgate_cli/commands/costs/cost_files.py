"""`tollgate costs bill` and `export`: what goes to a customer or to accounting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.common_options import as_option, one_of
from tollgate_cli.arguments.declared import command
from tollgate_cli.arguments.export_files import OutputFile, deliver
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.spans import month as read_month
from tollgate_cli.commands.costs import cost_options
from tollgate_cli.commands.costs.cost_options import filters
from tollgate_cli.output.dollars import nonzero
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARGES = (
    ("packs", "from packs"),
    ("included", "included"),
    ("metered", "metered"),
    ("other", "other"),
    ("total", "total"),
    ("due", "due"),
    ("purchases", "packs bought"),
    ("fees", "of it fees"),
    ("overage", "of it overage"),
    ("providerCost", "providers' price"),
    ("margin", "margin"),
)
# Of a charge, these are always shown, the others where they aren't 0.
_ALWAYS = frozenset({"total", "due"})
_BILLS = (
    "tollgate costs bill ext:search-team --month last-month",
    "tollgate costs bill key_ID -o bill.csv",
)
_EXPORTS = (
    "tollgate costs export --from 2026-11-01 --to 2026-11-30 -o november.csv",
    "tollgate costs export --granularity month --audience customer",
)


def add_to(app: typer.Typer) -> None:
    """Puts both into the group `costs`."""
    command(app, "bill", examples=_BILLS)(bill)
    command(app, "export", examples=_EXPORTS)(export)


def bill(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, external id or name.")],
    *,
    month: Annotated[
        str | None,
        as_option(read_month, "Such as 2026-11; also last-month (default: this month).", metavar="MONTH"),
    ] = None,
    audience: cost_options.Audience = None,
    file: OutputFile = None,
) -> None:
    """Show a key's bill of a month, with all keys below it.

    --csv and -o have it as the API writes it.
    """
    output = session().output
    key = key_id(key)
    asked = filters(month=month, audience=audience)
    if output.format is Format.CSV or file is not None:
        with session().admin.bill_text(key, **asked) as parts:
            deliver(parts, file)
        return
    found = session().admin.bill(key, **asked)
    if output.format is Format.JSON:
        output.item(found, [])
        return
    _show(found)


def export(
    *,
    from_: cost_options.From = None,
    to: cost_options.To = None,
    zone: cost_options.Zone = None,
    granularity: Annotated[str | None, one_of(("day", "month"), "A line for each day or month.")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="NAME", help="Who sends the invoice.")] = None,
    account_id: Annotated[str | None, typer.Option(metavar="ID", help="Of the billed account.")] = None,
    audience: cost_options.Audience = None,
    file: OutputFile = None,
) -> None:
    """Export charges as CSV by the FOCUS 1.2 specification."""
    asked = filters(
        from_=from_, to=to, zone=zone, granularity=granularity, issuer=issuer, account_id=account_id,
        audience=audience,
    )  # fmt: skip
    with session().admin.export_costs(**asked) as parts:
        deliver(parts, file)


def _show(found: Row) -> None:
    output = session().output
    output.item(
        found,
        [
            Column("Key", "name"),
            Column("Month", lambda row: f"{row['month']}, up to {row['to']} ({row['zone']})"),
            Column("Billing", "billingMode"),
            Column("Cost centre", "costCentre"),
        ],
    )
    charges = [
        {"charge": text, "amount": found["charges"][name]}
        for name, text in _CHARGES
        if name in found["charges"] and (name in _ALWAYS or nonzero(found["charges"][name]))
    ]
    _table(charges, [Column("Charge", "charge", wide=True), amount("Amount", "amount")])
    _table(found["byModel"], [Column("Model", "model", wide=True), *cost_options.figures(found["byModel"])])
    keys = [
        {**row, "label": _name(row) + (" (itself)" if row["keyId"] == found["keyId"] else "")}
        for row in found["byKey"]
    ]
    if nonzero(found["moved"]["cost"]) or found["moved"]["requests"]:
        keys.append({**found["moved"], "label": "keys that were moved"})
    _table(keys, [Column("Key", "label", wide=True), *cost_options.figures(keys)])
    _table(
        found["packs"],
        [
            Column("Pack", lambda row: row["name"] or row["packId"], wide=True),
            Column("State", "state"),
            amount("Drawn", "drawn"),
            amount("Left", "left"),
        ],
    )


def _name(row: Row) -> str:
    name: str = row["name"] or row["keyId"]
    return name


def _table(rows: Sequence[Row], columns: Sequence[Column]) -> None:
    if rows:
        session().output.line()
        session().output.rows(rows, columns, empty="")
