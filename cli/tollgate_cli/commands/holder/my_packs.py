"""`tollgate my packs`."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import own_key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.keys.key_packs import COLUMNS
from tollgate_cli.session.current import session

app = group()


@command(app, "packs", examples=["tollgate my packs", "tollgate my packs --key ann"])
def packs(
    *,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="A key below yours; your own if left out.")
    ] = None,
    limit: Limit = None,
) -> None:
    """List your key's packs, also those that have ended."""
    found = all_pages(session().client.list_packs, limit, key_id=None if key is None else own_key_id(key))
    session().output.rows(found, COLUMNS, empty="It has no packs.")
