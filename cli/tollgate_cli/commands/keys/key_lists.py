"""`tollgate keys list` and `children`."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import PRIORITIES
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.keys.key_sides import Key
from tollgate_cli.commands.keys.key_views import COLUMNS
from tollgate_cli.session.current import session

app = group()

STATUSES = ("active", "revoked", "expired")
BUDGET_STATES = ("exhausted", "near", "fine", "unlimited")

Search = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Part of a name, an id, an owner, an external id or a tag."),
]
Status = Annotated[str | None, one_of(STATUSES, "Only keys with this status.")]
Owner = Annotated[str | None, typer.Option(metavar="EMAIL", help="Only keys of this owner.")]
Tag = Annotated[str | None, typer.Option(metavar="NAME[=VALUE]", help="Only keys with this tag.")]
Prioritized = Annotated[str | None, one_of(PRIORITIES, "Only keys of this priority.")]
BudgetState = Annotated[str | None, one_of(BUDGET_STATES, "Only keys whose budget or quota is so.")]
ManagedBy = Annotated[
    str | None, typer.Option(metavar="LABEL", help="Only keys of the configuration with this label.")
]


@command(
    app,
    "list",
    examples=["tollgate keys list --search team", "tollgate keys list --budget-state exhausted --csv"],
)
def list_keys(
    *,
    search: Search = None,
    status: Status = None,
    owner: Owner = None,
    tag: Tag = None,
    priority: Prioritized = None,
    budget_state: BudgetState = None,
    managed_by: ManagedBy = None,
    parent: Annotated[str | None, typer.Option(metavar="KEY", help="Only keys right below this one.")] = None,
    external_id: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only the key with this external id.")
    ] = None,
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
        managed_by=managed_by,
        parent_id=None if parent is None else key_id(parent),
        external_id=external_id,
        roots=roots or None,
    )
    session().output.rows(keys, COLUMNS, empty="No keys.")


@command(app, "children", examples=["tollgate keys children ext:search-team --status active"])
def children(
    key: Key,
    *,
    search: Search = None,
    status: Status = None,
    owner: Owner = None,
    tag: Tag = None,
    priority: Prioritized = None,
    budget_state: BudgetState = None,
    managed_by: ManagedBy = None,
    limit: Limit = None,
) -> None:
    """List the keys right below a key."""
    keys = all_pages(
        session().admin.list_children,
        limit,
        key_id(key),
        search=search,
        status=status,
        owner=owner,
        tag=tag,
        priority=priority,
        budget_state=budget_state,
        managed_by=managed_by,
    )
    session().output.rows(keys, COLUMNS, empty="No keys are below it.")
