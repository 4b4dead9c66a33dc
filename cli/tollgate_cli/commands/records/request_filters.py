"""Filters of the request log, which its list, its export and its tail share."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.common_options import as_option, one_of
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.spans import day_or_moment_back

OUTCOMES: Final = ("succeeded", "failed", "abandoned")
Since = Annotated[
    str | None,
    as_option(
        day_or_moment_back,
        "From when on: 2h or 7d ago, a day, a moment (default: 30d).",
        "--since",
        "--from",
        metavar="WHEN",
    ),
]
Until = Annotated[
    str | None,
    as_option(day_or_moment_back, "Until when; a day is included.", "--until", "--to", metavar="WHEN"),
]
KeyFilter = Annotated[
    str | None, typer.Option("--key", metavar="KEY", help="Only of this key: its id, external id or name.")
]
ModelFilter = Annotated[str | None, typer.Option(metavar="NAME", help="Only of this model.")]
ProviderFilter = Annotated[
    str | None, typer.Option(metavar="PROVIDER", help="Only of this provider: its name or id.")
]
OutcomeFilter = Annotated[str | None, one_of(OUTCOMES, "Only with this outcome.")]
StatusFilter = Annotated[
    str | None, typer.Option(metavar="STATUS", help="Only with this HTTP status of the provider: 429, 5xx.")
]
Streamed = Annotated[
    bool | None, typer.Option("--streamed/--not-streamed", help="Only streamed ones, or only the others.")
]
SessionFilter = Annotated[
    str | None,
    typer.Option("--session", metavar="ID", help="Only of this session of the client's; needs --key."),
]


def asked(**given: Any) -> dict[str, Any]:
    """Those that were given, as the API takes them; a key is looked up."""
    key = given.pop("key")
    given["key_id"] = None if key is None else key_id(key)
    return {name: value for name, value in given.items() if value is not None}
