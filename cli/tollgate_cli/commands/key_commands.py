"""`tollgate keys`: create, change and look at keys."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.printer import Column, Row
from tollgate_cli.session.current import session

app = group()

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", help="Its id, ext:EXTERNAL-ID or name:NAME; a bare word is tried as each."),
]
STATUSES = ("active", "revoked", "expired")
BUDGET_STATES = ("exhausted", "near", "fine", "unlimited")
PRIORITIES = ("high", "normal", "low")


def _budget_style(key: Row) -> str | None:
    return {"exhausted": "red", "near": "yellow"}.get(key["budgetState"])


COLUMNS = [
    Column("ID", "id"),
    Column("Name", "name", wide=True),
    Column("Status", "status"),
    Column("Used", lambda key: usd(key["budgetUsed"]), right=True, style=_budget_style),
    Column("Budget", lambda key: usd(key["budgetLimit"], absent="none"), right=True),
]
FIELDS = [
    Column("Name", "name"),
    Column("ID", "id"),
    Column("External id", "externalId"),
    Column("Status", "status"),
    Column("Owner", "ownerEmail"),
    Column("Parent", "parentId"),
    Column("Budget", lambda key: usd(key["budgetLimit"], absent="none")),
    Column("  used", lambda key: usd(key["budgetUsed"]), style=_budget_style),
    Column("  left", lambda key: usd(key["budgetRemaining"])),
    Column("Revision", "revision"),
]


@command(
    app,
    "list",
    examples=["tollgate keys list --search team", "tollgate keys list --budget-state exhausted --csv"],
)
def list_keys(
    *,
    search: Annotated[
        str | None, typer.Option(help="Part of a name, an id or an owner.", metavar="TEXT")
    ] = None,
    status: Annotated[str | None, one_of(STATUSES, "Only keys with this status.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only keys of this owner.", metavar="EMAIL")] = None,
    tag: Annotated[str | None, typer.Option(help="Only keys with this tag.", metavar="NAME[=VALUE]")] = None,
    priority: Annotated[str | None, one_of(PRIORITIES, "Only keys of this priority.")] = None,
    budget_state: Annotated[str | None, one_of(BUDGET_STATES, "Only keys whose budget is so.")] = None,
    roots: Annotated[bool, typer.Option("--roots", help="Only keys without a parent.")] = False,
    limit: Limit = None,
) -> None:
    """List keys."""
    keys = all_pages(
        session().admin.list_keys,
        limit,
        search=search,
        status=status,
        owner=owner,
        tag=tag,
        priority=priority,
        budget_state=budget_state,
        roots=roots or None,
    )
    session().output.rows(keys, COLUMNS, empty="No keys.")


@command(app, "show", examples=["tollgate keys show ext:search-team", "tollgate keys show key_ID --json"])
def show(key: Key) -> None:
    """Show a key with its budget."""
    found = session().admin.get_key(key_id(key))
    session().output.item(found, FIELDS)
