"""The revision that an edit is to meet."""

from __future__ import annotations

from typing import Annotated

import typer

IfMatch = Annotated[
    int | None,
    typer.Option(
        "--if-match", metavar="REVISION", help="Change it only if this is its revision still, else exit 5."
    ),
]
