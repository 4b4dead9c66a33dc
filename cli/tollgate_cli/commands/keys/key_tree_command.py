"""`tollgate keys tree`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from tollgate_cli.arguments.declared import command, group
from tollgate_cli.arguments.key_references import key_id
from tollgate_cli.commands.keys import key_trees
from tollgate_cli.commands.keys.key_trees import MOST_KEYS, Node, TreeReader
from tollgate_cli.output.printer import Format
from tollgate_cli.output.shown_text import escaped_for_json
from tollgate_cli.session.current import session

app = group()

Depth = Annotated[int | None, typer.Option(metavar="NUMBER", help="So many levels; all if left out.", min=1)]


@command(
    app,
    "tree",
    examples=[
        "tollgate keys tree",
        "tollgate keys tree ext:search-team --depth 2",
        "tollgate keys tree --json",
    ],
)
def tree(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="The key at its top; all keys if left out.")
    ] = None,
    *,
    depth: Depth = None,
) -> None:
    """Draw the tree of keys, with what each has used.

    The bar is that of the key's tighter limit: its budget or its quota. At most 5,000 keys and 300
    lists of children are read; "(+3)" says how many weren't.
    """
    with session().output.progress("Reading keys") as advance:
        reader = TreeReader(lambda each: read(session().admin.list_children, each), advance)
        if key is None and depth is None:
            roots, complete = _whole(advance)
        else:
            roots = _tops(key)
            reader.read(roots, depth)
            complete = reader.complete
    show(roots, complete=complete)


def show(roots: list[Node], *, complete: bool) -> None:
    """Draws trees, or prints them nested as JSON, or as rows of CSV."""
    output = session().output
    if output.format is Format.JSON:
        nested = [each.as_json() for each in roots]
        output.line(escaped_for_json(json.dumps(nested, indent=2, ensure_ascii=False)))
    else:
        rows = list(key_trees.drawn(roots))
        output.rows(rows, key_trees.columns(rows, output.width), empty="No keys.")
    if not complete:
        output.note("There are more keys than one tree shows. Name the key to begin at, or add --depth.")


def read(method: Callable[..., Any], *positional: str, **filters: Any) -> Iterator[dict[str, Any]]:
    """All rows, in the largest pages that there are."""
    from tollgate_client import pages  # noqa: PLC0415 - brings httpx along

    return pages(method, *positional, limit=100, **filters)


def _whole(advance: Callable[[int], None]) -> tuple[list[Node], bool]:
    """All keys, by pages: far fewer requests than a list of children for each key."""
    keys = []
    for each in islice(read(session().admin.list_keys), MOST_KEYS + 1):
        keys.append(each)
        advance(1)
    complete = len(keys) <= MOST_KEYS
    return key_trees.grown(keys[:MOST_KEYS]), complete


def _tops(key: str | None) -> list[Node]:
    if key is not None:
        return [Node(dict(session().admin.get_key(key_id(key))))]
    roots = read(session().admin.list_keys, roots=True)
    return sorted((Node(each) for each in islice(roots, MOST_KEYS)), key=lambda node: node.key["name"])
