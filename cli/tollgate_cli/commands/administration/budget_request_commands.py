"""`tollgate budget-requests`: what is asked for, and what operators answer."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import takes_body
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.administration.asked_limits import (
    APPROVAL,
    COLUMNS,
    DENIAL,
    FIELDS,
    Request,
    State,
)
from tollgate_cli.commands.keys.key_sides import ADMIN
from tollgate_cli.session.current import session

app = group()


@command(
    app,
    "list",
    examples=["tollgate budget-requests list --state pending", "tollgate budget-requests list --csv"],
)
def list_requests(
    *,
    state: State = None,
    key: Annotated[str | None, typer.Option(metavar="KEY", help="Only for limits of this key.")] = None,
    limit: Limit = None,
) -> None:
    """List requests for higher limits, newest first."""
    found = all_pages(
        session().admin.list_budget_requests,
        limit,
        state=state,
        key_id=None if key is None else key_id(key),
    )
    session().output.rows(found, COLUMNS, empty="No requests.")


@command(app, "show", examples=["tollgate budget-requests show brq_ID"])
def show(request: Request) -> None:
    """Show a request, and how its budget stands now."""
    session().output.item(session().admin.get_budget_request(request), FIELDS)


@command(
    app,
    "approve",
    examples=[
        "tollgate budget-requests approve brq_ID",
        'tollgate budget-requests approve brq_ID --limit 18 --note "18 must do"',
    ],
)
@takes_body(APPROVAL, may_be_empty=True)
def approve(request: Request, *, body: dict[str, Any]) -> None:
    """Raise the limit to what was asked for, or to another one."""
    session().output.item(ADMIN.api().approve_budget_request(request, body), FIELDS)


@command(app, "deny", examples=['tollgate budget-requests deny brq_ID --reason "not this month"'])
@takes_body(DENIAL, required=["reason"])
def deny(request: Request, *, body: dict[str, Any]) -> None:
    """Say no, with a reason."""
    session().output.item(ADMIN.api().deny_budget_request(request, body), FIELDS)
