"""`tollgate keys edit`: by options, or in an editor."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tollgate_cli.arguments.body_options import takes_body
from tollgate_cli.arguments.common_options import IfMatch
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_fields import KEY_EDIT
from tollgate_cli.commands.keys import key_actions
from tollgate_cli.commands.keys.key_sides import ADMIN, Key
from tollgate_cli.output.failures import UsageError

app = group()

InEditor = Annotated[
    bool, typer.Option("--editor", help="Change its fields as YAML in $VISUAL or $EDITOR instead.")
]


@command(
    app,
    "edit",
    examples=[
        "tollgate keys edit ext:search-team --allowed-models gpt-4.1-mini,gpt-4.1",
        "tollgate keys edit ext:search-team --editor",
    ],
)
@takes_body(KEY_EDIT, may_be_empty=True)
def edit(key: Key, *, body: dict[str, Any], editor: InEditor = False, if_match: IfMatch = None) -> None:
    """Change a key's settings: those that are named, and no others.

    The budget is changed by "keys budget", the parent by "keys move". In the editor the budget is among
    the fields; what you change is sent, unless somebody else has changed the key meanwhile.
    """
    if edited(body, if_match, editor=editor):
        from tollgate_cli.commands.keys.edited_text import edit_in_editor  # noqa: PLC0415 - brings YAML

        edit_in_editor(ADMIN, key, KEY_EDIT)
    else:
        key_actions.update(ADMIN, key, body, if_match)


def edited(body: dict[str, Any], if_match: int | None, *, editor: bool) -> bool:
    """Whether the change is made in the editor. Raises `UsageError` if it is said twice, or not at all."""
    if editor and (body or if_match is not None):
        raise UsageError("--editor goes with no other option: it shows the fields, and their revision.")
    if not editor and not body:
        raise UsageError(
            "Nothing to change: give an option for a field, or --editor.", ["--help lists the fields."]
        )
    return editor
