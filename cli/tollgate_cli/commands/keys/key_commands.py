"""`tollgate keys`: all of its commands."""

from __future__ import annotations

from tollgate_cli.arguments.declared import group
from tollgate_cli.commands.keys import (
    key_changes,
    key_edits,
    key_import,
    key_limits,
    key_lists,
    key_packs,
    key_standing,
    key_tree_command,
)

app = group()
for part in (key_lists, key_tree_command, key_standing, key_changes, key_import, key_edits, key_limits):
    app.add_typer(part.app)
app.add_typer(key_packs.app, name="packs")
