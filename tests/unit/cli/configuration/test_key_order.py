"""The way from one tree of keys to another: each step allowed, none with more to spend, wherever it ends."""

from __future__ import annotations

import os
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_key_trees import trees
from tests.support.shown_things import gateway, key
from tollgate_cli.configuration import canonical
from tollgate_cli.configuration.declared_things import Configuration, Declared, Kind
from tollgate_cli.configuration.files.places import Places
from tollgate_cli.configuration.planning import key_steps, planner
from tollgate_cli.configuration.planning.key_steps import Operation
from tollgate_cli.configuration.planning.key_tree import LIMITS, KeyTree, TreeKey
from tollgate_cli.configuration.planning.plan import Comparisons

EXAMPLES = int(os.environ.get("KEY_TREE_EXAMPLES", "150"))
NAMES = tuple("abcdefgh")
PROPERTY = settings(max_examples=EXAMPLES, deadline=None)


def declared(tree):
    """The keys of a file, a line each."""
    return Configuration(
        "platform",
        tuple(
            Declared(Kind.KEY, name, canonical.fields(Kind.KEY, {"name": "A key", **fields}), places(line))
            for line, (name, fields) in enumerate(tree.items(), start=1)
        ),
    )


def places(line):
    return Places("keys.yaml", {("keys", line): line}, ("keys", line))


def gateway_with(tree):
    """`tree`: keys by their names, as a `KeyTree` has them."""

    def path(name):
        return [*path(tree[name].parent), f"key_{name}"] if name else []

    return gateway(
        keys=[
            key(
                name,
                path=path(name),
                parentId=each.parent and f"key_{each.parent}",
                **each.values,
                quotaZone=each.values["quotaLimit"] and "UTC",
                quotaStartDay=each.values["quotaLimit"] and 1,
            )
            for name, each in tree.items()
        ]
    )


def there(tree):
    """A drawn tree as a `KeyTree` has it."""
    return {
        name: TreeKey(fields["parent"], {each: fields.get(each) for each in LIMITS})
        for name, fields in tree.items()
    }


def planned(before, after):
    return planner.plan(declared(after), gateway_with(before), Comparisons())


def requests(plan):
    """What is asked of the gateway, each a function of a `KeyTree`, which refuses what the gateway would."""
    for step in plan.key_steps:
        if step.operation is Operation.MOVE:
            yield lambda tree, step=step: tree.move(step.name, step.fields["parent"])
        elif step.operation is Operation.EDIT:
            for fields in key_steps.requests(step.fields):
                yield lambda tree, step=step, fields=fields: tree.edit(step.name, fields)
        else:
            made = TreeKey(step.fields.get("parent"), dict.fromkeys(LIMITS)).edited(
                {**{name: step.fields.get(name) for name in LIMITS}, **step.fields}
            )
            yield lambda tree, step=step, made=made: tree.add(step.name, made)


def states(before, plan):
    """The trees after each request, the first one before them all."""
    tree = KeyTree(dict(before), 5)
    yield dict(tree.keys)
    for request in requests(plan):
        request(tree)
        yield dict(tree.keys)


def require_no_more_for_anybody(states, before, after):
    """By their own limits and by those above, no key may spend more than in one of the two trees."""
    first, last = KeyTree(dict(before), 5), KeyTree(dict(after), 5)
    for keys in states:
        tree = KeyTree(dict(keys), 5)
        for name in keys.keys() & before.keys() & after.keys():
            now, old, new = tree.bounds(name), first.bounds(name), last.bounds(name)
            for window in old.keys() & new.keys():
                assert now[window] <= max(old[window], new[window]), (name, window)
            own = [each[name].values["budgetLimit"] for each in (keys, before, after)]
            has, *ends = [Decimal("inf") if limit is None else Decimal(limit) for limit in own]
            assert has <= max(ends)


@PROPERTY
@given(before=trees(NAMES), after=trees(NAMES))
def test_any_tree_is_reached_from_any_other_one_and_nobody_has_more_on_the_way(before, after):
    first = only(there(before), after)
    *_, last = reached = list(states(first, planned(first, after)))
    assert last == there(after)
    require_no_more_for_anybody(reached, first, last)


def only(tree, names):
    """Those of a tree's keys that are named, as all above them are: others may bar the way for good."""
    found = {}
    for name, each in tree.items():
        if name in names and (each.parent is None or each.parent in found):
            found[name] = each
    return found


@PROPERTY
@given(data=st.data(), before=trees(NAMES, least=4), after=trees(NAMES, least=4))
def test_a_way_that_ends_anywhere_is_gone_on_to_the_same_end(data, before, after):
    first = only(there(before), after)
    reached = list(states(first, planned(first, after)))
    where = data.draw(st.sampled_from(reached))
    again = list(states(where, planned(where, after)))
    assert again[-1] == reached[-1] == there(after)
    require_no_more_for_anybody(again, first, reached[-1])
