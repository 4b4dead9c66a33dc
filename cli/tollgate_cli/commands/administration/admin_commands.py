"""`tollgate admins`: who administers the gateway."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import Field, takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.keys.key_sides import ADMIN
from tollgate_cli.output.moments import day, moment
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.session.current import session

app = group()

Admin = Annotated[str, typer.Argument(metavar="ADMIN", help="The admin's id.")]
_FIELDS = (
    Field("name", "text", "What people call it."),
    Field("role", "choice", "What it may do.", choices=("viewer", "operator", "owner")),
    Field("expiresAt", "moment", "When it ends: 90d, a day, a moment.", nullable=True, option="--expires"),
)


def _style(admin: Row) -> str | None:
    return None if admin["status"] == "active" else "dim"


COLUMNS = [
    Column("ID", "id"),
    Column("Name", "name", wide=True),
    Column("Role", "role"),
    Column("Status", "status", style=_style),
    Column("Expires", lambda admin: day(admin["expiresAt"]) if admin["expiresAt"] else "never"),
]
FIELDS = [
    Column("Name", "name"),
    Column("ID", "id"),
    Column("Role", "role"),
    Column("Status", "status", style=_style),
    Column("Expires", lambda admin: moment(admin["expiresAt"]) or "never"),
    Column("Revoked", lambda admin: moment(admin["revokedAt"])),
    Column("Token issued", lambda admin: moment(admin["tokenIssuedAt"])),
    Column("Created", lambda admin: moment(admin["createdAt"])),
    Column("Revision", "revision"),
]


@command(app, "list", examples=["tollgate admins list"])
def list_admins(*, limit: Limit = None) -> None:
    """List named admins, revoked ones too."""
    session().output.rows(all_pages(session().admin.list_admins, limit), COLUMNS, empty="No named admins.")


@command(app, "show", examples=["tollgate admins show adm_ID"])
def show(admin: Admin) -> None:
    """Show an admin."""
    session().output.item(session().admin.get_admin(admin), FIELDS)


@command(app, "create", examples=['tollgate admins create --name "CI" --role operator --expires 90d'])
@takes_body(_FIELDS, required=["name", "role"])
def create(*, body: dict[str, Any]) -> None:
    """Create an admin, and print its token this once."""
    made: dict[str, Any] = ADMIN.api().create_admin(body)
    _show_token(made, f'Created the admin "{made["name"]}" ({made["id"]}). Its token, shown this once:')


@command(app, "edit", examples=["tollgate admins edit adm_ID --role viewer"])
@takes_body(_FIELDS)
def edit(admin: Admin, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Change an admin's name, role or expiry."""
    changed = ADMIN.api().update_admin(admin, body, if_match=if_match)
    session().output.item(changed, FIELDS)


@command(app, "rotate", examples=["tollgate admins rotate adm_ID"])
def rotate(admin: Admin, *, if_match: IfMatch = None) -> None:
    """Give an admin another token, and print it; the old one ends."""
    _confirm("Replace the token of", admin)
    made: dict[str, Any] = ADMIN.api().rotate_token(admin, if_match=if_match)
    _show_token(
        made, f'The admin "{made["name"]}" has a new token, and its old one is refused. Shown this once:'
    )


@command(app, "revoke", examples=["tollgate admins revoke adm_ID"])
def revoke(admin: Admin, *, if_match: IfMatch = None) -> None:
    """End an admin for good."""
    _confirm("Revoke for good", admin)
    session().output.item(session().admin.revoke_admin(admin, if_match=if_match), FIELDS)


def _confirm(verb: str, admin: str) -> None:
    output = session().output
    if output.assume_yes or not sys.stdin.isatty():
        output.confirm(f"{verb} the admin {admin}?", [admin])
        return
    name = session().admin.get_admin(admin)["name"]
    output.confirm(f'{verb} the admin "{name}" ({admin})?', [name, admin])


def _show_token(admin: dict[str, Any], note: str) -> None:
    output = session().output
    if output.format is Format.TABLE:
        output.secret(admin["token"], note)
    else:
        output.item(admin, FIELDS)
