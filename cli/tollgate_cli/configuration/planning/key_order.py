"""In which order keys are changed, so that the gateway takes each change.

What lowers limits comes first, those below before those above, then moves, then creations and all that is
raised, those above before those below. A step that can't be made yet waits for others. Where all wait for
each other, a key that moves is lowered until it is in its place: only by fields that its file names, so that
what an apply leaves behind that dies is a difference to the next one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.configuration.declared_things import Kind
from tollgate_cli.configuration.files.places import FaultyError
from tollgate_cli.configuration.planning.key_steps import PRIORITIES, KeyStep
from tollgate_cli.configuration.planning.key_tree import KeyTree, TreeKey
from tollgate_cli.configuration.planning.key_way import Owed, Way
from tollgate_cli.configuration.planning.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tollgate_cli.configuration.actual import Gateway
    from tollgate_cli.configuration.declared_things import Configuration
    from tollgate_cli.configuration.planning.key_tree import Bounds
    from tollgate_cli.configuration.planning.plan import Change


def order(changes: Sequence[Change], configuration: Configuration, gateway: Gateway) -> tuple[KeyStep, ...]:
    """The steps of keys' changes; what is pruned is among them only where others wait for it.

    Raises `FaultyError` if there is no way.
    """
    of_keys = [change for change in changes if change.kind is Kind.KEY]
    owed = {
        change.name: Owed.of(change, change.declared)
        for change in of_keys
        if change.declared is not None and change.action in {Action.CREATE, Action.EDIT}
    }
    tree = KeyTree.of(gateway)
    final = _final(tree, owed.values(), configuration, gateway)
    tree.allowed = _allowed(tree, final)
    way = Way(
        tree=tree,
        owed=owed,
        final=final,
        depths={name: len(final.chain(name)) for name in owed},
        ends=[change.name for change in of_keys if change.action is Action.DELETE],
    )
    while not way.advance():
        if not way.relieve():
            raise FaultyError(way.faults())
    return tuple(way.steps)


def _allowed(tree: KeyTree, final: KeyTree) -> dict[str, Bounds]:
    """Of each key the larger of what it may spend in two trees, if that is bounded in both."""
    allowed = {}
    for name in final.keys:
        after = final.bounds(name)
        before = tree.bounds(name) if name in tree.keys else after
        allowed[name] = {
            window: max(after[window], before[window]) for window in after.keys() & before.keys()
        }
    return allowed


def _final(tree: KeyTree, owed: Iterable[Owed], configuration: Configuration, gateway: Gateway) -> KeyTree:
    """The tree that the files say, be it allowed or not."""
    final = tree.copy()
    for each in owed:
        if each.is_new:
            final.put(each.name, TreeKey(each.parent, _EMPTY))
        elif each.moves:
            final.put(each.name, replace(final.keys[each.name], parent=each.parent))
    for each in sorted(owed, key=lambda each: len(final.chain(each.name))):
        if each.is_new:
            final.put(each.name, _created(final, each, configuration, gateway))
        else:
            final.put(each.name, final.keys[each.name].edited(each.left))
    return final


_EMPTY: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("budgetLimit", "quotaLimit", "quotaPeriod", "safetyLevel")),
    "priority": "normal",
    "overcommit": True,
}


def _created(tree: KeyTree, owed: Owed, configuration: Configuration, gateway: Gateway) -> TreeKey:
    """With the defaults that the gateway has for what isn't named."""
    usual: dict[str, Any] = {}
    if owed.parent is None:
        settings = configuration.of(Kind.SETTINGS).get("")
        quota = settings.fields.get("defaultMonthlyQuota") if settings else None
        usual["quotaLimit"] = quota or gateway.settings.fields.get("defaultMonthlyQuota")
    elif owed.parent in tree.keys:
        above = tree.keys[owed.parent].values["priority"]
        usual["priority"] = min("normal", above, key=PRIORITIES.index)
    return TreeKey(owed.parent, _EMPTY).edited({**usual, **owed.left})
