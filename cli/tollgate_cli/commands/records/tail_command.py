"""`tollgate requests tail`: requests as they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.common_options import as_option
from tollgate_cli.arguments.declared import command
from tollgate_cli.arguments.lists import all_pages
from tollgate_cli.arguments.spans import day_or_moment_back
from tollgate_cli.commands.records import request_columns, request_filters
from tollgate_cli.commands.records.request_filters import asked
from tollgate_cli.commands.records.request_tail import RequestTail
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_WAIT: Final = 60.0
_EXAMPLES: Final = (
    "tollgate requests tail",
    "tollgate requests tail --key ext:search-team --outcome failed",
    "tollgate requests tail -n 0 --json | jq -r .model",
)


def add_to(app: typer.Typer) -> None:
    """Puts it into the group `requests`."""
    command(app, "tail", examples=_EXAMPLES)(tail)


def tail(
    *,
    since: Annotated[
        str,
        as_option(
            day_or_moment_back, "How far back the first ones may be.", "--since", "--from", metavar="WHEN"
        ),
    ] = "1h",
    key: request_filters.KeyFilter = None,
    model: request_filters.ModelFilter = None,
    provider: request_filters.ProviderFilter = None,
    outcome: request_filters.OutcomeFilter = None,
    status: request_filters.StatusFilter = None,
    streamed: request_filters.Streamed = None,
    session_id: request_filters.SessionFilter = None,
    count: Annotated[
        int, typer.Option("--limit", "-n", metavar="NUMBER", min=0, help="So many of before come first.")
    ] = 10,
    interval: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.5, max=_LONGEST_WAIT, help="How long to wait between readings."
        ),
    ] = 2.0,
) -> None:
    """Print requests as they end, until Ctrl-C. With --json each is a line of its own."""
    filters = asked(
        key=key,
        model=model,
        provider=provider,
        outcome=outcome,
        status=status,
        streamed=streamed,
        session_id=session_id,
    )

    def read(moment: str | None) -> Iterator[Any]:
        return all_pages(session().admin.list_requests, None, from_=moment or since, **filters)

    log = RequestTail(read)
    show = session().output.live(request_columns.live_columns())
    for row in log.begin(count):
        show(row)
    _follow(log, show, interval)


def _follow(log: RequestTail, show: Any, interval: float) -> None:
    """Until it is interrupted, or the gateway refuses for good. Faults are waited for, ever longer."""
    from tollgate_client import ApiError, Unreachable  # noqa: PLC0415 - brings httpx along

    note = session().output.note
    wait = interval
    while True:
        time.sleep(wait)
        try:
            rows = log.more()
        except (ApiError, Unreachable) as error:
            if isinstance(error, ApiError) and error.status < 500 and error.status != 429:
                raise
            if wait == interval:
                note(f"{error} Trying again until it is back.")
            wait = min(wait * 2, _LONGEST_WAIT)
            continue
        if wait != interval:
            note("The gateway is back; nothing was left out.")
            wait = interval
        for row in rows:
            show(row)
