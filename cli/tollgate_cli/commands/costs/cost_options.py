"""Options of cost queries, and the figures that their rows share."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.common_options import as_option, one_of
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.spans import day
from tollgate_cli.output.charts import BAR_WIDTH, bar
from tollgate_cli.output.figure_columns import amount, count
from tollgate_cli.output.printer import Column, Row
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Sequence

From = Annotated[str | None, as_option(day, "First day: a day, today, 30d (ago).", "--from", metavar="DAY")]
To = Annotated[str | None, as_option(day, "Last day, included.", "--to", metavar="DAY")]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="The reporting zone, to make sure that it is this one.")
]
KeyFilter = Annotated[
    str | None, typer.Option("--key", metavar="KEY", help="Only of this key: its id, external id or name.")
]
ModelFilter = Annotated[str | None, typer.Option(metavar="NAME", help="Only of this model.")]
OwnerFilter = Annotated[str | None, typer.Option(metavar="EMAIL", help="Only of this owner's keys.")]
ProviderFilter = Annotated[str | None, typer.Option(metavar="ID", help="Only of this provider, prv_….")]
TagFilter = Annotated[str | None, typer.Option(metavar="NAME=VALUE", help="Only of keys with this tag.")]
CostCentreFilter = Annotated[str | None, typer.Option(metavar="NAME", help="Only of this cost centre.")]
Tree = Annotated[bool, typer.Option("--tree", help="With --key or by key: with all keys below it.")]
Audience = Annotated[
    str | None,
    one_of(("operator", "customer"), "For whom: a customer isn't shown the providers' prices."),
]
_ROOM_FOR_WHOLE_BARS: Final = 100


def filters(**given: Any) -> dict[str, Any]:
    """Those that were given, as the API takes them; --key is looked up."""
    key = given.pop("key", None)
    if key is not None:
        given["key_id"] = key_id(key)
    return {name: value for name, value in given.items() if value is not None and value is not False}


def figures(rows: Sequence[Row]) -> list[Column]:
    """Requests, tokens and cost of each row; a bar, too, where the terminal has room for it."""
    most = max((row["cost"] for row in rows), key=Decimal, default="0")
    shown = [
        count("Requests", "requests"),
        count("Tokens", "totalTokens"),
        amount("Cost", "cost"),
    ]
    width = session().output.width
    if width is not None:
        size = BAR_WIDTH if width >= _ROOM_FOR_WHOLE_BARS else BAR_WIDTH // 2
        shown.append(
            Column(
                "",
                lambda row: None if row.get("isTotal") else bar(row["cost"], most, size),
                style=lambda _: "cyan",
                spare=True,
            )
        )
    return shown
