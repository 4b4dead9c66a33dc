"""`tollgate keys`: create, change and look at keys."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Create, change and look at keys.")
