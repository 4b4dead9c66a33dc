"""`tollgate prices`: the versions of a model's prices."""

from __future__ import annotations

from typing import Any, Final

from tollgate_cli.arguments.body_options import takes_body
from tollgate_cli.arguments.catalog_references import Model, model_id, provider_names
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.catalog import price_views
from tollgate_cli.commands.catalog.price_fields import PRICES
from tollgate_cli.output.moments import minute
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

app = group()


def _besides(row: Row) -> str:
    """Other rates than the two that have a column, and what else decides."""
    shown = {"inputPrice", "outputPrice"}
    further = {**row, **dict.fromkeys(shown)}
    return "; ".join(each for each in (price_views.rates(further), *price_views.extras(row)) if each)


_SINCE: Final = Column("Since (UTC)", lambda row: minute(row["effectiveAt"]) if row["effectiveAt"] else "")


@command(app, "list", examples=["tollgate prices list gpt-5.5", "tollgate prices list gpt-5.5 --json"])
def list_prices(model: Model, *, limit: Limit = None) -> None:
    """List all versions of a model's prices per 1M tokens, oldest first; also those to come."""
    output = session().output
    versions = all_pages(session().admin.list_prices, limit, model_id(model))
    if output.format is not Format.TABLE:
        output.rows(versions, [_SINCE], empty="It never had prices.")
        return
    rows = list(versions)
    names = provider_names() if rows else {}
    columns = [
        _SINCE,
        Column("Provider", lambda row: names.get(row["providerId"], row["providerId"]), wide=True),
        Column("As", lambda row: None if row["remoteId"] == model else row["remoteId"], wide=True),
        *price_views.LISTED,
        Column("Besides", _besides),
    ]
    shown = [each for each in columns if any(each.cell(row).text for row in rows)]
    output.rows(rows, shown, empty="It never had prices.")


@command(
    app,
    "set",
    examples=[
        "tollgate prices set gpt-5.5 --input-price 1.25 --output-price 10",
        "tollgate prices set gpt-5.5 --output-price 8 --effective-at 30d",
    ],
)
@takes_body(PRICES)
def set_prices(model: Model, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Set prices of a model, now or from a moment on. What isn't named stays.

    A changed price is a new version: what was charged stays charged.
    """
    changed = session().admin.update_model(model_id(model), body, if_match=if_match)  # type: ignore[arg-type]
    about = [Column("Model", "systemName"), *price_views.fields(), Column("Revision", "revision")]
    session().output.item(changed, about)
    at = body.get("effectiveAt")
    if at is not None and changed["effectiveAt"] != at:
        session().output.note(f'From {at} on there are others: "tollgate prices list {model}" has them.')
