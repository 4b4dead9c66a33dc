"""`tollgate export`."""

from __future__ import annotations

from typing import Annotated

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.configuration import exporting, gateway_reading
from tollgate_cli.configuration.files import yaml_writing
from tollgate_cli.output.printer import Format
from tollgate_cli.session.current import session

app = group()


@command(app, "export", examples=["tollgate export > tollgate.yaml", "tollgate export --label platform"])
def export(
    *,
    label: Annotated[str, typer.Option(metavar="LABEL", help="The file's label.")] = "tollgate",
    labelled_only: Annotated[
        bool, typer.Option("--labelled-only", help="Without what carries no label yet.")
    ] = False,
) -> None:
    """Write what the gateway has as a file for apply. Secrets are not in it."""
    output = session().output
    made = exporting.export(gateway_reading.read(session().admin), label, labelled_only=labelled_only)
    if output.format is Format.TABLE:
        output.text([yaml_writing.written(made.document, exporting.comments(made))])
    else:
        output.item(made.document, [])
    for remark in exporting.remarks(made):
        output.note(remark)
