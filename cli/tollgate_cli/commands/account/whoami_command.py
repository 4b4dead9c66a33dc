"""`tollgate whoami`: who the gateway takes one for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.failures import NotSignedInError, UsageError
from tollgate_cli.output.printer import Column, Row
from tollgate_cli.session.current import session

app = group()

_NEVER = "never"
_STACKS_OWN = "the stack's own token"


def _of(part: str, name: str) -> Any:
    return lambda row: None if row[part] is None else row[part][name]


def _is_stacks_own(row: Row) -> bool:
    """Whether it is the stack's token that one has, which is nobody's."""
    return row["admin"] is not None and row["admin"]["id"] == "admin"


def _left(row: Row) -> str | None:
    """What is left of the key's tightest budget."""
    budgets = [each for each in (row["key"] or {"budgets": []})["budgets"] if each["remaining"] is not None]
    return ", ".join(
        f"{usd(each['remaining'])} of {usd(each['allowance'])} ({each['window']})" for each in budgets
    )


FIELDS = [
    Column("Gateway", "url"),
    Column("Version", "version"),
    Column("Profile", "profile"),
    Column("Admin", lambda row: _STACKS_OWN if _is_stacks_own(row) else _of("admin", "name")(row)),
    Column("  id", lambda row: None if _is_stacks_own(row) else _of("admin", "id")(row)),
    Column("  role", _of("admin", "role")),
    Column("  expires", lambda row: None if row["admin"] is None else row["admin"]["expiresAt"] or _NEVER),
    Column("Key", _of("key", "name")),
    Column("  id", _of("key", "keyId")),
    Column("  status", _of("key", "status")),
    Column("  left", _left),
]


@command(app, "whoami", examples=["tollgate whoami", "tollgate whoami --key --json"])
def whoami(
    *,
    admin: Annotated[bool, typer.Option("--admin", help="Only as an admin, by the token.")] = False,
    key: Annotated[bool, typer.Option("--key", help="Only as a key's holder, by the key.")] = False,
) -> None:
    """Show who the gateway takes you for, by the token and by the key."""
    if admin and key:
        raise UsageError("--admin and --key exclude each other.")
    target = session().target
    as_admin = not key and (admin or target.admin_token() is not None)
    as_key = not admin and (key or target.api_key() is not None)
    if not as_admin and not as_key:
        raise NotSignedInError(f"You are not signed in to {target.url}.", ['Sign in by "tollgate login".'])
    from tollgate_cli.session.gateway_version import gateway_version  # noqa: PLC0415 - brings httpx along

    found: dict[str, Any] = {
        "url": target.url,
        "version": gateway_version(target.url, session().transport),
        "profile": session().profile,
        "admin": session().admin.get_me() if as_admin else None,
        "key": session().client.usage() if as_key else None,
    }
    session().output.item(found, FIELDS)
