"""What `run` and `env` are told of the key, the models and the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from tollgate_cli.arguments.common_options import as_option
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.arguments.spans import moment_ahead
from tollgate_cli.programs.client_programs import ANY, CLIENTS, ClientProgram
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from tollgate_cli.programs.key_choice import KeyChoice

_CLIENTS: Final = {each.name: each for each in (*CLIENTS, ANY)}
_DEFAULT_LIFETIME: Final = "12h"
# Clients that take a 429 for a rate limit ask in vain for up to a minute.
_NOT_REPEATED: Final = 400

Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="The model that the program is to ask for.")
]
SmallModel = Annotated[
    str | None,
    typer.Option("--small-model", metavar="NAME", help="The model for its background work, if it has any."),
]
Budget = Annotated[
    str | None, typer.Option("--budget", metavar="USD", help="Make a key with this budget for it.")
]
Lifetime = Annotated[
    str | None,
    as_option(
        moment_ahead,
        f"Make a key that ends then: 30m, 8h, 2d or a moment. {_DEFAULT_LIFETIME} if only a budget is named.",
        "--for",
        metavar="TIME",
    ),
]
Hard = Annotated[
    bool,
    typer.Option(
        "--hard", help="Never exceed the budget: refuse calls that might. Without it the last ones can."
    ),
]
Name = Annotated[str | None, typer.Option("--name", metavar="TEXT", help="The name of the key that is made.")]
Parent = Annotated[
    str | None,
    typer.Option("--parent", metavar="KEY", help="Make it below this key, by the administrator's token."),
]


def known_client(name: str) -> str:
    """The name of a client, as it is. Raises ValueError for one that isn't known."""
    if name not in _CLIENTS:
        raise ValueError(f"{name!r} is none of {', '.join(_CLIENTS)}")
    return name


ClientName = Annotated[
    str | None,
    as_option(
        known_client,
        f"The client that the program is, if its name doesn't tell: {', '.join(_CLIENTS)}.",
        "--client",
        metavar="NAME",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Name the variables that are set and removed.")
]


def client_named(name: str | None) -> ClientProgram | None:
    """That of --client."""
    return None if name is None else _CLIENTS[name]


def chosen_key(
    budget: str | None,
    ends_at: str | None,
    parent: str | None,
    name: str,
    client: ClientProgram,
    *,
    hard: bool,
) -> KeyChoice:
    """The holder's own key, unless anything was said of one that is to be made."""
    from tollgate_cli.programs.key_choice import KeyChoice  # noqa: PLC0415 - brings httpx along
    from tollgate_cli.programs.run_keys import Terms  # noqa: PLC0415

    if budget is None and ends_at is None and parent is None and not hard:
        return KeyChoice(None)
    options = {"budgetLimit": "--budget", "expiresAt": "--for", "name": "--name", "parentId": "--parent"}
    session().option_of_field.update(options)
    terms = Terms(
        name,
        budget,
        ends_at or moment_ahead(_DEFAULT_LIFETIME),
        is_hard=hard,
        refusal_status=_NOT_REPEATED if client.repeats_429 else None,
    )
    return KeyChoice(terms, ends_at is not None, None if parent is None else key_id(parent))
