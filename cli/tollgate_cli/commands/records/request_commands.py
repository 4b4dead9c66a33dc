"""`tollgate requests`: the log of what was asked of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tollgate_cli.arguments.common_options import one_of
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.export_files import OutputFile, deliver
from tollgate_cli.arguments.newest import NEWEST, Newest, NewestRows
from tollgate_cli.commands.records import request_columns, request_filters, tail_command
from tollgate_cli.commands.records.request_filters import asked
from tollgate_cli.output.printer import Column, Format
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_client.types import BodyView

app = group()

RequestId = Annotated[
    str, typer.Argument(metavar="REQUEST", help="Its id, req_…: --json lists them, and tables in pipes.")
]
FORMATS = ("csv", "jsonl")


@command(
    app,
    "list",
    examples=[
        "tollgate requests list --since 2h --outcome failed",
        "tollgate requests list --key ext:search -n 500 --csv",
    ],
)
def list_requests(
    *,
    since: request_filters.Since = None,
    until: request_filters.Until = None,
    key: request_filters.KeyFilter = None,
    model: request_filters.ModelFilter = None,
    provider: request_filters.ProviderFilter = None,
    outcome: request_filters.OutcomeFilter = None,
    status: request_filters.StatusFilter = None,
    streamed: request_filters.Streamed = None,
    session_id: request_filters.SessionFilter = None,
    limit: Newest = NEWEST,
) -> None:
    """List requests, newest first. For all of a span, use export."""
    filters = asked(
        from_=since, to=until, key=key, model=model, provider=provider, outcome=outcome, status=status,
        streamed=streamed, session_id=session_id,
    )  # fmt: skip
    rows = NewestRows(session().admin.list_requests, limit, **filters)
    session().output.rows(rows, request_columns.columns(), empty="No requests.")
    rows.note()


@command(app, "show", examples=["tollgate requests show req_ID", "tollgate requests show req_ID --json"])
def show(request: RequestId) -> None:
    """Show a request: its figures, the lines of its bill, and the attempts that failed before."""
    request_columns.show(session().admin.get_request(request))


@command(
    app, "bodies", examples=["tollgate requests bodies req_ID", "tollgate requests bodies req_ID --json"]
)
def bodies(request: RequestId) -> None:
    """Show what was sent and answered, where its key has that kept.

    Reading it is noted in the audit.
    """
    output = session().output
    found = session().admin.get_bodies(request)
    output.item(
        found,
        [
            Column("Request", "id"),
            Column("Key", "keyId"),
            Column("Kept", "keptAt"),
            Column("  until", "expiresAt"),
        ],
    )
    if output.format is Format.TABLE:
        _show_body("Sent", found["request"])
        _show_body("Answered", found["response"])


@command(
    app,
    "export",
    examples=[
        "tollgate requests export --since 2026-11-01 --until 2026-11-30 -o november.csv",
        "tollgate requests export --since 7d --as jsonl | jq -r .model | sort | uniq -c",
    ],
)
def export(
    *,
    since: request_filters.Since = None,
    until: request_filters.Until = None,
    key: request_filters.KeyFilter = None,
    model: request_filters.ModelFilter = None,
    provider: request_filters.ProviderFilter = None,
    outcome: request_filters.OutcomeFilter = None,
    status: request_filters.StatusFilter = None,
    streamed: request_filters.Streamed = None,
    session_id: request_filters.SessionFilter = None,
    format_: Annotated[
        str | None, one_of(FORMATS, "CSV, or a line of JSON for each (default: csv; --json: jsonl).", "--as")
    ] = None,
    file: OutputFile = None,
) -> None:
    """Export all requests of a span, newest first."""
    if format_ is None and session().output.format is Format.JSON:
        format_ = "jsonl"
    filters = asked(
        from_=since, to=until, key=key, model=model, provider=provider, outcome=outcome, status=status,
        streamed=streamed, session_id=session_id, format=format_,
    )  # fmt: skip
    with session().admin.export_requests(**filters) as parts:
        deliver(parts, file)


def _show_body(title: str, body: BodyView) -> None:
    output = session().output
    about = f"{body['size']:,} bytes" + (", of which this is the beginning" if body["truncated"] else "")
    output.line()
    output.line(f"{title} ({about}{', in base64' if body['encoding'] == 'base64' else ''})", "bold")
    for line in body["body"].split("\n"):
        output.line(escaped(line.removesuffix("\r")))


tail_command.add_to(app)
