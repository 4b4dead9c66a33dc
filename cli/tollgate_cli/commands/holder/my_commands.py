"""`tollgate my`: what the holder of a key does with it, without an administrator."""

from __future__ import annotations

from tollgate_cli.arguments.declared import group
from tollgate_cli.commands.holder import own_budget_requests, own_keys, own_packs

app = group()
app.add_typer(own_keys.app, name="keys")
app.add_typer(own_budget_requests.app, name="budget-requests")
app.add_typer(own_packs.app)
