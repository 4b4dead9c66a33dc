"""`tollgate schema`."""

from __future__ import annotations

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.configuration.files import file_schema
from tollgate_cli.session.current import session

app = group()


@command(app, "schema", examples=["tollgate schema > tollgate.schema.json"])
def schema() -> None:
    """Print the JSON Schema of the files, for editors."""
    session().output.text([file_schema.text()])
