"""`tollgate my budget-requests`: asking for a higher limit, and deciding on what is asked for below."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import WINDOWS
from tollgate_cli.arguments.key_references import own_key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.administration.asked_limits import (
    APPROVAL,
    COLUMNS,
    DENIAL,
    FIELDS,
    Request,
    State,
)
from tollgate_cli.commands.keys.key_sides import HOLDER, only_window
from tollgate_cli.session.current import session

app = group("Ask for a higher limit, and decide on what is asked for below.")

_ASKING = (
    Field("window", "choice", "Of which limit; needless if the key has but one.", choices=WINDOWS),
    Field("limit", "money", "The limit that is wanted, USD.", option="--to"),
    Field("reason", "text", "What approvers are told."),
    Field("until", "moment", "For how long: 7d, or until when. For good if left out.", option="--for",
          aliases=("--until",), nullable=True),
    Field("keyId", "text", "For a key below yours, by id or name; your own if left out.", option="--key"),
)  # fmt: skip


@command(
    app,
    "ask",
    examples=['tollgate my budget-requests ask --to 20 --for 7d --reason "the release"'],
)
@takes_body(_ASKING, required=["limit", "reason"])
def ask(*, body: dict[str, Any]) -> None:
    """Ask for a higher limit, for good or for a time.

    While there is a pending request for the same limit, that one is shown, and no other is made.
    """
    if "keyId" in body:
        body["keyId"] = own_key_id(body["keyId"])
    if "window" not in body:
        body["window"] = only_window(HOLDER, body.get("keyId") or session().client.usage()["keyId"])
    session().output.item(HOLDER.api().ask_for_increase(body), FIELDS)


@command(
    app,
    "list",
    examples=["tollgate my budget-requests list", "tollgate my budget-requests list --below --state pending"],
)
def list_requests(
    *,
    state: State = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Those for the limits of a key below yours.")
    ] = None,
    below: Annotated[bool, typer.Option("--below", help="Those for the limits of all keys below.")] = False,
    limit: Limit = None,
) -> None:
    """List requests for your own limits, newest first, or for those below."""
    found = all_pages(
        session().client.list_own_requests,
        limit,
        state=state,
        key_id=None if key is None else own_key_id(key),
        below=below or None,
    )
    session().output.rows(found, COLUMNS, empty="No requests.")


@command(app, "show", examples=["tollgate my budget-requests show brq_ID"])
def show(request: Request) -> None:
    """Show a request, and how its budget stands now."""
    session().output.item(session().client.get_own_request(request), FIELDS)


@command(app, "withdraw", examples=["tollgate my budget-requests withdraw brq_ID"])
def withdraw(request: Request) -> None:
    """Take a request back."""
    session().output.item(session().client.withdraw_request(request), FIELDS)


@command(app, "approve", examples=["tollgate my budget-requests approve brq_ID --limit 18 --until 7d"])
@takes_body(APPROVAL, may_be_empty=True)
def approve(request: Request, *, body: dict[str, Any]) -> None:
    """Raise the limit of a key below yours, within your own limits."""
    session().output.item(HOLDER.api().approve_request(request, body), FIELDS)


@command(app, "deny", examples=['tollgate my budget-requests deny brq_ID --reason "not this month"'])
@takes_body(DENIAL, required=["reason"])
def deny(request: Request, *, body: dict[str, Any]) -> None:
    """Say no to what is asked for a key below yours, with a reason."""
    session().output.item(HOLDER.api().deny_request(request, body), FIELDS)
