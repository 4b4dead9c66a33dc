"""The two APIs that manage keys: administrators', and that of a key's holder for the keys below."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from tollgate_cli.arguments.key_references import key_id, own_key_id
from tollgate_cli.output.failures import UsageError
from tollgate_cli.session.current import session

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", help="Its id, ext:EXTERNAL-ID or name:NAME; a bare word is tried as each."),
]
Keys = Annotated[
    list[str],
    typer.Argument(metavar="KEY", help="Ids, ext:EXTERNAL-ID or name:NAME; bare words are tried as each."),
]
OwnKey = Annotated[
    str, typer.Argument(metavar="KEY", help="A key below yours: its id, or the name of one right below.")
]
OwnKeys = Annotated[
    list[str], typer.Argument(metavar="KEY", help="Keys below yours: ids, or names of those right below.")
]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the APIs: its client, whose methods both have, and how it finds a key that is named."""

    api: Callable[[], Any]
    id_of: Callable[[str], str]


ADMIN: Final = Side(lambda: session().admin, key_id)
HOLDER: Final = Side(lambda: session().client, own_key_id)


def confirmed(side: Side, verb: str, references: Sequence[str]) -> list[str]:
    """The ids of the keys, once it is confirmed that they are meant.

    Raises `UsageError`, before anything is sent, where there is nobody to ask.
    """
    output = session().output
    if output.assume_yes or not sys.stdin.isatty():
        output.confirm(f"{verb} {', '.join(references)}?", references)
        return [side.id_of(each) for each in references]
    ids = [side.id_of(each) for each in references]
    found = [side.api().get_key(each) for each in ids]
    if len(found) == 1:
        output.confirm(f'{verb} the key "{found[0]["name"]}" ({ids[0]})?', [found[0]["name"], ids[0]])
    else:
        output.confirm(f"{verb} {len(found)} keys: {_names(found)}?", [str(len(found))])
    return ids


def _names(keys: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f'"{each["name"]}"' for each in keys)


def one_revision(if_match: int | None, references: Sequence[str]) -> None:
    """Raises `UsageError` if one revision is to be that of several keys."""
    if if_match is not None and len(references) > 1:
        raise UsageError("--if-match is for one key alone.")


def only_window(side: Side, key_id: str) -> str:
    """The window of the key's limit, as the API calls it. Raises `UsageError` unless it has exactly one."""
    key = side.api().get_key(key_id)
    windows = ["total"] if key["budgetLimit"] is not None else []
    windows += [key["quotaPeriod"]] if key["quotaLimit"] is not None else []
    if not windows:
        raise UsageError(f'The key "{key["name"]}" has no limit of its own that could be higher.')
    if len(windows) > 1:
        raise UsageError(f"The key has two limits: add --window {windows[0]} or --window {windows[1]}.")
    return str(windows[0])
