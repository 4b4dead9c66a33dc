"""`tollgate my`: what the holder of a key does with it, without an administrator."""

from __future__ import annotations

from tollgate_cli.arguments.declared import group
from tollgate_cli.commands.holder import my_budget_requests, my_keys, my_packs

app = group()
app.add_typer(my_keys.app, name="keys")
app.add_typer(my_budget_requests.app, name="budget-requests")
app.add_typer(my_packs.app)
