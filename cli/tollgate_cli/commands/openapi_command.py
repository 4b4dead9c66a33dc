"""`tollgate openapi`: the description of the gateway's APIs."""

from __future__ import annotations

import json
from typing import Annotated

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.export_files import OutputFile, deliver
from tollgate_cli.output.shown_text import escaped_for_json
from tollgate_cli.session.current import session

app = group()


@command(
    app,
    "openapi",
    examples=["tollgate openapi -o admin.json", "tollgate openapi --api client | jq -r '.paths | keys[]'"],
)
def openapi(
    *,
    api: Annotated[
        str | None,
        one_of(("admin", "client"), "Of which API (default: admin); client: what a key's holder may ask."),
    ] = None,
    file: OutputFile = None,
) -> None:
    """Print the OpenAPI document of the gateway, as JSON. It needs no token."""
    from tollgate_client import AdminClient  # noqa: PLC0415 - brings httpx along

    here = session()
    # A token that isn't needed isn't sent.
    with AdminClient(f"{here.target.url}/api/admin", "", transport=here.transport) as anyone:
        document = anyone.get_openapi(**({} if api is None else {"api": api}))  # type: ignore[arg-type]
    deliver([f"{escaped_for_json(json.dumps(document, indent=2, ensure_ascii=False))}\n"], file)
