"""`tollgate catalog check`: what is doubtful about the prices of a gateway's models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.declared import command
from tollgate_cli.output.counted import counted
from tollgate_cli.output.failures import ExitCode
from tollgate_cli.output.printer import Column
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.operations.catalog.price_doubts import CheckedPrices

_DOUBTS = (
    Column("model", "model"),
    Column("provider", "provider"),
    Column("problem", "problem", wide=True),
    Column("mend it by", "command", wide=True),
)
_DAYS = 90
_EXAMPLES = ("tollgate catalog check", "tollgate catalog check --days 30 --csv")


def add_to(app: typer.Typer) -> None:
    """Puts it into the group `catalog`."""
    command(app, "check", examples=_EXAMPLES)(check)


def check(
    *,
    days: Annotated[
        int, typer.Option("--days", min=0, metavar="DAYS", help="Prices that were read longer ago are stale.")
    ] = _DAYS,
) -> int:
    """List models whose prices are in doubt.

    They have none, or prices that are stale, have ended, or differ from the catalog. Exits with 1 if
    there are any.
    """
    checked = _checked(days)
    rows = [each.row() for each in checked.doubts]
    models = counted(checked.models, "model")
    session().output.rows(rows, _DOUBTS, empty=f"{models}: all prices are there, and none is in doubt.")
    return ExitCode.FAILED if rows else ExitCode.DONE


def _checked(days: int) -> CheckedPrices:
    from tollgate_cli.operations.catalog import price_doubts  # noqa: PLC0415 - only when run

    return price_doubts.of_gateway(session().admin, datetime.now(UTC).date(), days)
