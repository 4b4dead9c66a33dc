"""Changes to one hierarchy, interleaved call by call, some of them dying: it is sound after every write."""

from __future__ import annotations

import os
import random
from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.support.tree_world import GoneError, TreeWorld
from tests.support.turns import Turns
from tollgate.conflicts import ExternalIdTakenError, InUseError
from tollgate.keys.families import HierarchyError
from tollgate.keys.store import hierarchy as hierarchy_module
from tollgate.ledger.scopes import Priority
from tollgate_admin.web import revisions

# Each seed is another order. More of them: HIERARCHY_ORDERS=200.
SEEDS = range(int(os.environ.get("HIERARCHY_ORDERS", "6")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hierarchy_is_sound_after_every_write_in_any_order(dynamodb, tables, monkeypatch, seed):
    for module in (hierarchy_module, revisions):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda _seconds: None))
    tree = TreeWorld(dynamodb, tables)
    chance = random.Random(seed)
    first = tree.add(budget_limit="10", overcommit=False)
    second = tree.add(budget_limit="10", overcommit=False)
    children = [tree.add(parent.key_id, budget_limit="3").key_id for parent in (first, first, second, second)]
    below = tree.add(children[0], budget_limit="1")
    turns = Turns(seed, tree.assert_sound, deaths=seed % 3)

    def worker(number: int):
        tree_of_worker = tree.on(turns.client(tree.client, number))
        steps = [_step(chance, [first.key_id, second.key_id, *children, below.key_id]) for _ in range(3)]

        def work() -> None:
            for step, *arguments in steps:
                try:
                    step(tree, tree_of_worker, *arguments)
                except (HierarchyError, GoneError, InUseError, ExternalIdTakenError):
                    continue

        return work

    raised = turns.run([worker(number) for number in range(4)])

    assert raised == []
    tree.hierarchy.finish_move()
    tree.assert_sound()
    for scope in tree.scopes().values():
        changes = tree.changes(scope.key_id)
        assert len({change.id for change in changes}) == len(changes)


def _step(chance: random.Random, key_ids: list[str]):
    one, other = chance.sample(key_ids, 2)
    amount = Decimal(chance.randint(1, 12))
    return chance.choice(
        [
            (_create, one, amount),
            (_limit, one, amount),
            (_limit, one, amount),
            (_limit, one, None),
            (_overcommit, one, chance.random() < 0.5),
            (_level, one, chance.choice([None, 10, 20, 30])),
            (_prioritize, one, chance.choice(list(Priority))),
            (_move, one, other),
            (_move, one, other),
            (_move, one, None),
            (_delete, one),
            (_delete, one),
            (_name, one, chance.choice("ab")),
            (_name, one, chance.choice("ab")),
        ]
    )


def _create(tree, hierarchy, parent_id, amount) -> None:
    tree.add(parent_id, hierarchy=hierarchy, budget_limit=str(amount))


def _limit(tree, hierarchy, key_id, amount) -> None:
    tree.edit(key_id, hierarchy=hierarchy, budget_limit=amount)


def _overcommit(tree, hierarchy, key_id, overcommit) -> None:
    tree.edit(key_id, hierarchy=hierarchy, overcommit=overcommit)


def _level(tree, hierarchy, key_id, level) -> None:
    tree.edit(key_id, hierarchy=hierarchy, safety_level=level)


def _prioritize(tree, hierarchy, key_id, priority) -> None:
    tree.edit(key_id, hierarchy=hierarchy, priority=priority)


def _move(tree, hierarchy, key_id, parent_id) -> None:
    tree.move(key_id, parent_id, hierarchy=hierarchy)


def _delete(tree, hierarchy, key_id) -> None:
    tree.delete(key_id, hierarchy=hierarchy)


def _name(tree, hierarchy, key_id, name) -> None:
    tree.edit(key_id, hierarchy=hierarchy, external_id=name)
