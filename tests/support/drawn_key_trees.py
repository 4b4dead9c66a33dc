"""Trees of keys at random, each allowed by itself, as files declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tollgate.keys.families import HierarchyError
from tollgate_cli.configuration.planning.key_tree import KeyTree, TreeKey

if TYPE_CHECKING:
    from collections.abc import Callable

# By external id; each with its parent and all that a key above bounds.
Tree = dict[str, dict[str, Any]]

MAX_DEPTH = 5
_LIMITS = st.sampled_from([None, "0", "10", "20", "35.5", "60", "100", "1000"])
_PRIORITIES = ("low", "normal", "high", "critical")
_NOTHING = {"budgetLimit": "0", "quotaLimit": None, "safetyLevel": 0, "priority": "low"}


@st.composite
def trees(draw: Callable[..., Any], names: tuple[str, ...], *, least: int = 0) -> Tree:
    """Keys above come before those below. What has no room where it is drawn has nothing."""
    chosen = draw(st.lists(st.sampled_from(names), unique=True, min_size=least))
    tree, made = KeyTree({}, MAX_DEPTH), Tree()
    for name in chosen:
        possible = [None, *(each for each in made if len(tree.chain(each)) < MAX_DEPTH)]
        # More often below another key than not.
        parent = draw(st.sampled_from([*possible, *possible[1:]]))
        fields = _fields(draw)
        try:
            tree.add(name, _key(parent, fields))
        except HierarchyError:
            fields |= _NOTHING
            tree.add(name, _key(parent, fields))
        if fields["quotaLimit"] is None:
            del fields["quotaPeriod"]
        made[name] = {"parent": parent, **fields}
    return made


def _fields(draw: Callable[..., Any]) -> dict[str, Any]:
    return {
        "budgetLimit": draw(_LIMITS),
        "quotaLimit": draw(_LIMITS),
        "quotaPeriod": draw(st.sampled_from(["day", "week", "month", "month"])),
        "safetyLevel": draw(st.sampled_from([None, 0, 30, 60, 100])),
        "priority": draw(st.sampled_from(_PRIORITIES)),
        "overcommit": draw(st.booleans()),
    }


def _key(parent: str | None, fields: dict[str, Any]) -> TreeKey:
    period = None if fields["quotaLimit"] is None else fields["quotaPeriod"]
    return TreeKey(parent, {**fields, "quotaPeriod": period})
