"""The ledger over a tree of keys: every ancestor admits, holds and is charged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, admission, demand, record
from tests.support.faults import RepeatingClient
from tests.support.ledger_world import LATER, LedgerWorld
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.refusals import Reason, RefusedError

HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
SOFT = {"enforcement": Enforcement.SOFT}


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_every_ancestor_holds_and_is_charged(ledgers, depth):
    keys = ledgers.chain(depth)
    admitted = ledgers.admit(keys[0], cost="1")
    assert admitted.scope_ids == tuple(key.key_id for key in keys)
    for key in keys:
        assert ledgers.scope(key).budget_available == 9

    ledgers.ledger.settle(admitted, record(admitted.request_id, key=keys[0], cost="0.25"))

    for key in keys:
        assert ledgers.scope(key).budget_used == Decimal("0.25")
        assert ledgers.scope(key).holds == {}
    assert ledgers.spent() == Decimal("0.25")


REFUSING = {
    "exhausted": ({"used": "10"}, {}, Reason.PARENT_BUDGET_EXHAUSTED),
    "exhausted and hard": ({"used": "10", **HARD}, {}, Reason.PARENT_BUDGET_EXHAUSTED),
    "too little left": ({"used": "9.5", **HARD}, {}, Reason.REQUEST_EXCEEDS_BUDGET),
    "revoked": ({"status": KeyStatus.REVOKED}, {}, Reason.KEY_REVOKED),
    "expired": ({"expires_at": NOW}, {}, Reason.KEY_EXPIRED),
    "another model's": ({"allowed_models": frozenset({"large"})}, {}, Reason.MODEL_NOT_ALLOWED),
    "for safer models alone": ({"safety_level": 29}, {"safety_level": 30}, Reason.MODEL_NOT_ALLOWED),
    "out of tokens": ({"tpm_limit": 100}, {}, Reason.REQUEST_EXCEEDS_RATE_LIMIT),
    "a free model, revoked": (
        {"status": KeyStatus.REVOKED},
        {"is_free": True, "cost": "0"},
        Reason.KEY_REVOKED,
    ),
}


@pytest.mark.parametrize(("parent", "asked", "reason"), REFUSING.values(), ids=REFUSING)
def test_a_refusing_ancestor_leaves_no_trace_on_those_below(ledgers, parent, asked, reason):
    root = ledgers.add(**parent)
    middle = ledgers.add(parent_id=root.key_id, rpm_limit=5, tpm_limit=5000)
    leaf = ledgers.add(parent_id=middle.key_id, rpm_limit=5, tpm_limit=5000)
    before = [ledgers.scope(key) for key in (leaf, middle, root)]

    with pytest.raises(RefusedError) as refused:
        ledgers.admit(leaf, **asked)

    assert refused.value.reason is reason
    if refused.value.shortage:
        assert refused.value.shortage.scope == root.key_id
    after = [ledgers.scope(key) for key in (leaf, middle, root)]
    assert [replace(scope, rates={}) for scope in after] == before
    assert [(scope.requests_left(NOW), scope.tokens_left(NOW)) for scope in after[:2]] == [(5, 5000)] * 2
    assert ledgers.records == []


def test_a_request_of_a_free_model_passes_exhausted_ancestors(ledgers):
    root = ledgers.add(used="10", **HARD)
    leaf = ledgers.add(used="10", parent_id=root.key_id)
    assert len(ledgers.admit(leaf, is_free=True, cost="0").opened) == 2


def test_what_fits_an_ancestor_bounds_the_output(ledgers):
    root = ledgers.add(budget_limit="0.3", **HARD)
    leaf = ledgers.add(budget_limit=None, parent_id=root.key_id)

    admitted = ledgers.admit(leaf, demand=demand("5", least="0.1"))

    assert admitted.limits_output
    assert admitted.claim.output_tokens == 150
    assert ledgers.scope(root).budget_available == Decimal("0.15")
    # The key holds what was first asked for; nobody is charged more than the least of it.
    ledgers.sweep(leaf, root)
    assert ledgers.spent() == Decimal("0.15")
    assert ledgers.scope(root).budget_used == ledgers.scope(leaf).budget_used == Decimal("0.15")


def test_a_childs_price_factor_is_what_its_ancestors_are_charged_by(ledgers):
    root = ledgers.add(price_factor=Decimal(3), **HARD)
    leaf = ledgers.add(parent_id=root.key_id, price_factor=Decimal(2))

    admitted = ledgers.admit(leaf, cost="1")

    assert [opened.hold.amount for opened in admitted.opened] == [2, 2]


def test_children_together_never_pass_their_parents_hard_budget(ledger_client, tables):
    """Eight children, each with more than the parent has: 32 clients, calls that hold 0.5 and cost 0.1."""
    ledgers = LedgerWorld(ledger_client, tables, hard=True)
    parent = ledgers.add(budget_limit="5", **HARD)
    children = [ledgers.add(budget_limit="100", parent_id=parent.key_id) for _ in range(8)]

    def call(number: int) -> int:
        try:
            ledgers.spend(children[number % 8], "0.1", cost="0.5")
        except RefusedError:
            return 0
        return 1

    with ThreadPoolExecutor(32) as pool:
        served = sum(pool.map(call, range(200)))

    assert ledgers.scope(parent).budget_used == Decimal("0.1") * served <= 5
    assert sum(ledgers.scope(child).budget_used for child in children) == Decimal("0.1") * served
    assert all(ledgers.scope(key).holds == {} for key in (parent, *children))
    assert served >= 10


def test_a_request_in_flight_settles_with_the_ancestors_it_was_admitted_by(ledgers):
    old, new = ledgers.add(), ledgers.add()
    leaf = ledgers.add(parent_id=old.key_id)
    admitted = ledgers.admit(leaf, cost="1")
    abandoned = ledgers.admit(leaf, cost="2")

    ledgers.edit(leaf, parent_id=new.key_id, moved_at=NOW + timedelta(seconds=1))
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=leaf, cost="0.25"))
    ledgers.sweep(leaf, new, old)

    assert abandoned.request_id in {each["request_id"] for each in ledgers.records}
    assert ledgers.scope(leaf).budget_used == ledgers.scope(old).budget_used == Decimal("2.25")
    assert ledgers.scope(new).budget_used == 0
    ledgers.spend(leaf, "0.5")
    assert ledgers.scope(new).budget_used == Decimal("0.5")


@pytest.mark.parametrize("order", ["upwards", "downwards"])
def test_a_trees_abandoned_request_is_charged_once_whatever_is_swept_first(ledgers, order):
    keys = ledgers.chain(3)
    ledgers.admit(keys[0], cost="1")

    ledgers.sweep(*(keys if order == "upwards" else reversed(keys)))

    assert [each["calculated_cost"] for each in ledgers.records] == [1]
    assert ledgers.records[0]["scopes"] == [key.key_id for key in keys]
    assert [ledgers.scope(key).budget_used for key in keys] == [1, 1, 1]


def test_many_sweeps_at_once_charge_once(ledgers):
    keys = ledgers.chain(3)
    for _ in range(5):
        ledgers.admit(keys[0], cost="0.5")

    with ThreadPoolExecutor(9) as pool:
        for done in [pool.submit(ledgers.sweep, key) for key in keys * 3]:
            done.result()

    assert ledgers.spent() == Decimal("2.5")
    assert [ledgers.scope(key).budget_used for key in keys] == [Decimal("2.5")] * 3


def test_late_duplicates_of_a_trees_admission_open_no_second_hold(ledgers):
    keys = ledgers.chain(3)
    repeating = RepeatingClient(ledgers.client)
    ledger = ledgers.on(repeating)
    admitted = ledger.admit(admission(keys[0]))
    ledger.settle(admitted, record(admitted.request_id, key=keys[0], cost="0.25"))

    repeating.replay()
    ledgers.sweep(*keys)

    assert [ledgers.scope(key).budget_used for key in keys] == [Decimal("0.25")] * 3
    assert all(ledgers.scope(key).holds == {} for key in keys)


def test_a_key_whose_ancestors_form_a_circle_is_not_followed_for_ever(ledgers):
    key = ledgers.add()
    ledgers.edit(key, parent_id=key.key_id)
    with pytest.raises(Exception, match="ancestors"):
        ledgers.admit(key)
    ledgers.sweep(key, at=LATER)
    assert ledgers.scope(key).holds == {}
