"""`tollgate my keys`: the keys below the holder's own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import BUDGET, CHILD_CREATION, CHILD_EDIT, ROTATION
from tollgate_cli.arguments.key_references import own_key_id
from tollgate_cli.arguments.lists import Limit, all_pages
from tollgate_cli.commands.keys import key_actions, key_tree_command
from tollgate_cli.commands.keys.key_edits import InEditor, edited
from tollgate_cli.commands.keys.key_sides import HOLDER, OwnKey, OwnKeys
from tollgate_cli.commands.keys.key_tree_command import Depth
from tollgate_cli.commands.keys.key_trees import Node, TreeReader
from tollgate_cli.commands.keys.key_views import COLUMNS, FIELDS
from tollgate_cli.session.current import session

app = group("Create, change and look at the keys below yours.")

Maybe = Annotated[
    str | None, typer.Argument(metavar="KEY", help="A key below yours, by id or name; your own if left out.")
]


def own_id(reference: str | None) -> str:
    """The id of the key that is named, of the holder's own if none is."""
    return str(session().client.usage()["keyId"]) if reference is None else own_key_id(reference)


@command(app, "list", examples=["tollgate my keys list", "tollgate my keys list --parent name:team"])
def list_keys(
    *,
    parent: Annotated[
        str | None, typer.Option(metavar="KEY", help="Those right below this key of yours.")
    ] = None,
    limit: Limit = None,
) -> None:
    """List the keys right below yours."""
    keys = all_pages(
        session().client.list_keys, limit, parent_id=None if parent is None else own_key_id(parent)
    )
    session().output.rows(keys, COLUMNS, empty="No keys are below it.")


@command(app, "tree", examples=["tollgate my keys tree --depth 2"])
def tree(key: Maybe = None, *, depth: Depth = None) -> None:
    """Draw the tree of keys below yours, with what each has used.

    At most 5,000 keys and 300 lists of children are read.
    """
    with session().output.progress("Reading keys") as advance:
        root = Node(dict(session().client.get_key(own_id(key))))
        reader = TreeReader(
            lambda each: key_tree_command.read(session().client.list_keys, parent_id=each), advance
        )
        reader.read([root], depth)
    key_tree_command.show([root], complete=reader.complete)


@command(app, "show", examples=["tollgate my keys show", "tollgate my keys show ann --json"])
def show(key: Maybe = None) -> None:
    """Show your own key, or one below it."""
    session().output.item(session().client.get_key(own_id(key)), FIELDS)


@command(
    app,
    "create",
    examples=["tollgate my keys create --name ann --quota-limit 5 --quota-period week"],
)
@takes_body(CHILD_CREATION, required=["name"])
def create(*, body: dict[str, Any]) -> None:
    """Create a key below yours, and print its secret this once."""
    if body.get("parentId") is not None:
        body["parentId"] = own_key_id(body["parentId"])
    key_actions.created(HOLDER.api().create_key(body))


@command(app, "edit", examples=["tollgate my keys edit ann --allowed-models gpt-4.1-mini"])
@takes_body(CHILD_EDIT, may_be_empty=True)
def edit(key: OwnKey, *, body: dict[str, Any], editor: InEditor = False, if_match: IfMatch = None) -> None:
    """Change the settings of a key below yours: those that are named.

    The budget is changed by "my keys budget". In the editor it is among the fields.
    """
    if edited(body, if_match, editor=editor):
        from tollgate_cli.commands.keys.edited_text import edit_in_editor  # noqa: PLC0415 - brings YAML

        edit_in_editor(HOLDER, key, CHILD_EDIT)
    else:
        key_actions.update(HOLDER, key, body, if_match)


@command(app, "budget", examples=["tollgate my keys budget ann --budget-limit 30 --enforcement hard"])
@takes_body(BUDGET)
def budget(key: OwnKey, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Change the budget and the quota of a key below yours.

    What is used stays used. A limit that is set ends its temporary raise.
    """
    key_actions.set_budget(HOLDER, key, body, if_match)


@command(app, "rotate", examples=["tollgate my keys rotate ann --grace 8h"])
@takes_body(ROTATION, may_be_empty=True)
def rotate(key: OwnKey, *, body: dict[str, Any], if_match: IfMatch = None) -> None:
    """Give a key below yours another secret, and print it this once.

    The old one stays valid for the grace, a day unless the settings say otherwise.
    """
    key_actions.rotate(HOLDER, key, body, if_match)


@command(app, "revoke", examples=["tollgate my keys revoke ann"])
def revoke(key: OwnKeys, *, if_match: IfMatch = None) -> int:
    """Refuse keys below yours from now on."""
    return key_actions.revoke(HOLDER, key, if_match)


@command(app, "reinstate", examples=["tollgate my keys reinstate ann"])
def reinstate(key: OwnKeys, *, if_match: IfMatch = None) -> int:
    """Let revoked keys below yours in again."""
    return key_actions.reinstate(HOLDER, key, if_match)


@command(app, "delete", examples=["tollgate my keys delete ann"])
def delete(key: OwnKeys, *, if_match: IfMatch = None) -> int:
    """Delete keys below yours that were never used and have none below."""
    return key_actions.delete(HOLDER, key, if_match)
