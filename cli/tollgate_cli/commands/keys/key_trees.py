"""Trees of keys: read within bounds, and drawn with bars of what is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tollgate_cli.commands.keys.key_views import (
    budget_style,
    gauge_style,
    status_style,
    tightest,
    tightest_limit,
    tightest_used,
    tightest_window,
)
from tollgate_cli.output.charts import gauge, share_of
from tollgate_cli.output.printer import Column, Row

# Of what is read for one tree: lists of children, and keys.
MOST_LISTS: Final = 300
MOST_KEYS: Final = 5_000


@dataclass
class Node:
    """A key with the keys below it; `children` is None where they weren't read."""

    key: dict[str, Any]
    children: list[Node] | None = None

    def as_json(self) -> dict[str, Any]:
        below = None if self.children is None else [each.as_json() for each in self.children]
        return {**self.key, "children": below}


@dataclass
class TreeReader:
    """Reads level by level, so that what doesn't fit within the bounds is what is furthest down.

    `children_of` answers the keys right below one; `advance` is told of each key that was read.
    """

    children_of: Callable[[str], Iterator[dict[str, Any]]]
    advance: Callable[[int], None]
    keys: int = 0
    lists: int = 0
    complete: bool = field(default=True)

    def read(self, roots: Sequence[Node], depth: int | None) -> None:
        """Fills in the children of `roots`, `depth` levels in all."""
        level, left = list(roots), depth
        while level:
            left = None if left is None else left - 1
            if left == 0:
                return
            for node in level:
                self._fill(node)
            level = [child for node in level for child in node.children or ()]

    def _fill(self, node: Node) -> None:
        if node.key.get("childCount") == 0:
            node.children = []
        elif self.lists >= MOST_LISTS or self.keys >= MOST_KEYS:
            self.complete = False
        else:
            self.lists += 1
            node.children = [Node(each) for each in self.children_of(node.key["id"])]
            node.children.sort(key=_by_name)
            self.keys += len(node.children)
            self.advance(len(node.children))


def grown(keys: Sequence[dict[str, Any]]) -> list[Node]:
    """The trees that all keys of a gateway make. A key whose parent isn't among them stands by itself."""
    nodes = {each["id"]: Node(each, []) for each in keys}
    roots = []
    for node in nodes.values():
        parent = nodes.get(node.key["parentId"] or "")
        if parent is None or parent.children is None:
            roots.append(node)
        else:
            parent.children.append(node)
    for node in nodes.values():
        (node.children or []).sort(key=_by_name)
    return sorted(roots, key=_by_name)


def _by_name(node: Node) -> tuple[str, str]:
    return node.key["name"].casefold(), node.key["id"]


def drawn(roots: Sequence[Node]) -> Iterator[Row]:
    """A row for each key, depth first, with its `branch`: the lines that lead to it."""
    for root in roots:
        yield from _drawn(root, "", "")


def _drawn(node: Node, branch: str, below: str) -> Iterator[Row]:
    yield {**node.key, "branch": branch, "unread": node.children is None}
    children = node.children or []
    for number, child in enumerate(children, 1):
        last = number == len(children)
        yield from _drawn(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "))


def _name(row: Row) -> str:
    hidden = row.get("childCount", 0) if row["unread"] else 0
    more = f" (+{hidden:,})" if hidden else ""
    return f"{row['branch']}{row['name']}{more}"


def _bar(row: Row) -> str | None:
    use = tightest(row)
    return None if use is None else gauge(share_of(use[0], use[1]), 8)


def _status(row: Row) -> str | None:
    return None if row["status"] == "active" else row["status"]


_ID: Final = Column("ID", "id", style=lambda _: "dim")
_STATUS: Final = Column("Status", _status, style=status_style)
_COLUMNS: Final = [
    Column("Key", _name, wide=True, style=status_style, plain="branch"),
    Column("", _bar, style=gauge_style),
    Column("Used", tightest_used, right=True, style=budget_style),
    Column("Of", tightest_limit, right=True),
    Column("Window", tightest_window),
]
_ROOM_FOR_IDS: Final = 110


def columns(rows: Sequence[Row], width: int | None) -> list[Column]:
    """Ids only where there is room for them, for a tree is no tree in blocks of lines.

    The status has a column if one isn't active: a name may be cut.
    """
    shown = [*_COLUMNS, _STATUS] if any(_status(row) for row in rows) else _COLUMNS
    return [*shown, _ID] if width is None or width >= _ROOM_FOR_IDS else shown
