"""`tollgate keys`: create, move, rotate, revoke, reinstate and delete."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import NONE, takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import KEY_CREATION, ROTATION
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.commands.keys import key_actions
from tollgate_cli.commands.keys.key_sides import ADMIN, Key, Keys
from tollgate_cli.commands.keys.key_views import FIELDS
from tollgate_cli.session.current import session

app = group()


@command(
    app,
    "create",
    examples=[
        "tollgate keys create --name Search --external-id search --budget-limit 500",
        "tollgate keys create --name ann --parent ext:search --quota-limit 5",
    ],
)
@takes_body(KEY_CREATION, required=["name"])
def create(*, body: dict[str, Any]) -> None:
    """Create a key, and print its secret this once.

    With an external id it can be run again: if there is such a key with the same fields already, no
    second one is made, and no secret is printed.
    """
    if body.get("parentId") is not None:
        body["parentId"] = key_id(body["parentId"])
    key_actions.created(ADMIN.api().create_key(body))


@command(app, "move", examples=["tollgate keys move name:ann --to ext:search-team"])
def move(
    key: Key,
    *,
    to: Annotated[str, typer.Option(metavar="KEY", help='The key to put it under, "none" for no parent.')],
    if_match: IfMatch = None,
) -> None:
    """Move a key, with all below it, under another one."""
    parent = None if to == NONE else key_id(to)
    moved = session().admin.update_key(key_id(key), {"parentId": parent}, if_match=if_match)
    session().output.item(moved, FIELDS)


@command(app, "rotate", examples=["tollgate keys rotate ext:search-team --grace 7d"])
@takes_body(ROTATION, may_be_empty=True)
def rotate(key: Key, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Give a key another secret, and print it this once.

    The old one stays valid for the grace, a day unless the settings say otherwise.
    """
    key_actions.rotate(ADMIN, key, body, if_match)


@command(
    app,
    "revoke",
    examples=[
        "tollgate keys revoke ext:search-team",
        "tollgate keys revoke name:ann name:bob --yes",
    ],
)
def revoke(key: Keys, *, if_match: IfMatch = None) -> int:
    """Refuse keys, and all keys below them, from now on."""
    return key_actions.revoke(ADMIN, key, if_match)


@command(app, "reinstate", examples=["tollgate keys reinstate ext:search-team"])
def reinstate(key: Keys, *, if_match: IfMatch = None) -> int:
    """Let revoked keys in again."""
    return key_actions.reinstate(ADMIN, key, if_match)


@command(app, "delete", examples=["tollgate keys delete name:mistake"])
def delete(key: Keys, *, if_match: IfMatch = None) -> int:
    """Delete keys that were never used and have no keys below them."""
    return key_actions.delete(ADMIN, key, if_match)
