"""`tollgate keys packs`: list, show, add and void."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.keys.key_sides import ADMIN, Key
from tollgate_cli.output.charts import gauge, share_of
from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.moments import day, moment
from tollgate_cli.output.printer import Column, Row
from tollgate_cli.session.current import session

app = group("Look at a key's packs, add and void them.")

Pack = Annotated[str, typer.Argument(metavar="PACK", help="The pack's id.")]

_FIELDS = (
    Field("amount", "money", "USD that it pays."),
    Field("price", "money", "USD that was paid for it.", nullable=True),
    Field("category", "choice", "What it is.", choices=("paid", "promotional")),
    Field("priority", "integer", "0 to 1000: packs with a lower one pay first."),
    Field("effectiveAt", "moment", "From when on it pays; at once if left out.", nullable=True,
          option="--from"),
    Field("expiresAt", "moment", "Until when: 90d, a day, a moment.", nullable=True, option="--expires"),
    Field("models", "list", "The models that it pays for; all if left out.", nullable=True),
    Field("name", "text", "What people call it, also in mails.", nullable=True),
    Field("externalId", "text", "Its name elsewhere, such as an order's number.", nullable=True),
)  # fmt: skip


def _style(pack: Row) -> str | None:
    return {"live": None, "scheduled": "blue"}.get(pack["state"], "dim")


COLUMNS = [
    Column("ID", "id"),
    Column("Name", "name", wide=True),
    Column("State", "state", style=_style),
    Column("", lambda pack: gauge(share_of(pack["used"], pack["amount"]), 6)),
    amount("Used", "used"),
    amount("Of", "amount"),
    Column("Expires", lambda pack: day(pack["expiresAt"]) if pack["expiresAt"] else "never"),
]
FIELDS = [
    Column("Name", "name"),
    Column("ID", "id"),
    Column("External id", lambda pack: pack.get("externalId")),
    Column("State", "state", style=_style),
    Column("Category", "category"),
    amount("Amount", "amount"),
    amount("  used", "used"),
    amount("  left", "left"),
    Column("  voided", lambda pack: usd(pack["voided"]) if nonzero(pack["voided"]) else None),
    Column("Price", lambda pack: usd(pack.get("price"))),
    Column("Priority", "priority"),
    Column("Models", lambda pack: None if pack["models"] is None else ", ".join(pack["models"])),
    Column("Pays from", lambda pack: moment(pack["effectiveAt"])),
    Column("  until", lambda pack: moment(pack["expiresAt"])),
    Column("Added", lambda pack: moment(pack["createdAt"])),
]


@command(app, "list", examples=["tollgate keys packs list ext:search-team"])
def list_packs(key: Key, *, limit: Limit = None) -> None:
    """List a key's packs, also those that have ended."""
    packs = all_pages(session().admin.list_packs, limit, key_id(key))
    session().output.rows(packs, COLUMNS, empty="It has no packs.")


@command(app, "show", examples=["tollgate keys packs show ext:search-team pck_ID"])
def show(key: Key, pack: Pack) -> None:
    """Show a pack."""
    session().output.item(session().admin.get_pack(key_id(key), pack), FIELDS)


@command(
    app,
    "add",
    examples=[
        "tollgate keys packs add ext:search --amount 500 --external-id order-4711",
        "tollgate keys packs add name:ann --amount 5 --expires 30d",
    ],
)
@takes_body(_FIELDS, required=["amount"])
def add(key: Key, *, body: dict[str, Any]) -> None:
    """Add a pack, which pays before the key's quota and budget do.

    With an external id it can be run again: there is one pack for it.
    """
    session().output.item(ADMIN.api().add_pack(key_id(key), body), FIELDS)


@command(app, "void", examples=["tollgate keys packs void ext:search-team pck_ID"])
def void(key: Key, pack: Pack) -> None:
    """End a pack. What it has paid stays paid; what is left is lost."""
    session().output.confirm(f"Void what is left of the pack {pack}?", [pack])
    session().output.item(session().admin.void_pack(key_id(key), pack), FIELDS)
