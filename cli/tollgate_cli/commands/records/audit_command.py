"""`tollgate audit`: who changed what."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tollgate_cli.arguments.common_options import as_option
from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.newest import NEWEST, Newest, NewestRows
from tollgate_cli.arguments.spans import day_or_moment_back
from tollgate_cli.output.moments import second
from tollgate_cli.output.printer import Column, Format, Row
from tollgate_cli.output.shown_text import escaped
from tollgate_cli.session.current import session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

app = group()

_EMPTY: Final[tuple[Any, ...]] = (None, {}, [])
_UNSAID: Final[tuple[Any, ...]] = (False, 0, "0", "")
_VERSION: Final = re.compile(r"prices\.[^.]+\.")


@command(
    app,
    "audit",
    examples=[
        "tollgate audit --from 7d --action budget.raise",
        "tollgate audit --entity key_ID --json",
    ],
)
def audit(
    *,
    entity: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Only of this key, model, provider or admin; or a group: alerts, settings."
        ),
    ] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="ACTOR", help="Only by this admin or key, by its id.")
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="ACTION", help="Only of this kind, such as key.create.")
    ] = None,
    from_: Annotated[
        str | None,
        as_option(
            day_or_moment_back, "From when on: 7d ago, a day, a moment.", "--from", "--since", metavar="WHEN"
        ),
    ] = None,
    to: Annotated[
        str | None,
        as_option(day_or_moment_back, "Until when; a day is included.", "--to", "--until", metavar="WHEN"),
    ] = None,
    limit: Newest = NEWEST,
) -> None:
    """Show changes, newest first, each with the values before (-) and after (+).

    --csv has a line for each change, with before and after as columns.
    """
    output = session().output
    given = {"entity": entity, "actor": actor, "action": action, "from_": from_, "to": to}
    filters = {name: value for name, value in given.items() if value is not None}
    changes = NewestRows(session().admin.list_changes, limit, **filters)
    if output.format is not Format.TABLE:
        output.rows(changes, [Column("ID", "id")], empty="No changes.")
        changes.note()
        return
    shown = False
    for change in changes:
        if shown:
            output.line()
        _show(change)
        shown = True
    if not shown:
        output.note("No changes.")
    changes.note()


def _show(change: Row) -> None:
    output = session().output
    what = f"{change['entityName']} ({change['entity']})" if change["entityName"] else change["entity"]
    at = f"{second(change['at'])} UTC"
    output.line(escaped(f"{at}  {', '.join(change['actions'])}  {what}"), "bold")
    request = f", request {change['requestId']}" if change["requestId"] else ""
    output.line(escaped(f"  by {change['actorName'] or change['actor']}{request}"), "dim")
    lines = list(differences(change["before"], change["after"]))
    versions = {found[0] for _, name, _ in lines if (found := _VERSION.match(name))}
    for mark, name, value in lines:
        # That of the prices says something only where there are several.
        told = _VERSION.sub("", name) if len(versions) == 1 else name
        output.line(f"  {mark} {escaped(told)}: {escaped(value)}", {"-": "red", "+": "green"}[mark])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Mark, dotted name and text of each value that was (-) or is (+); what is the same isn't there.

    Null has no line, nor has what is empty where nothing was before, or is now. Of what is new or gone, nor
    have false, zero and empty texts, which are what is left to its default.
    """
    was, now = dict(_leaves(before)), dict(_leaves(after))
    for name in dict.fromkeys([*was, *now]):
        old, new = was.get(name), now.get(name)
        if old == new or (old in _EMPTY and new in _EMPTY):
            continue
        if (not before and new in _UNSAID) or (not after and old in _UNSAID):
            continue
        if old is not None:
            yield "-", name, _text(old)
        if new is not None:
            yield "+", name, _text(new)


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
