"""What packs and hybrid billing add to a call's writes: one unit at each scope that has them, and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import bill
from tests.support.metered_client import MeteredClient
from tests.support.typical_items import (
    AT,
    RETENTION,
    metered,
    typical_call,
    typical_key,
    typical_record,
    with_two_packs,
)
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.ledger.scopes import Scope

KINDS = pytest.mark.parametrize("kind", [with_two_packs, metered], ids=["packs", "metered"])


class World:
    """The typical key as `kind` makes it, below one that is as it makes it or a plain one."""

    def __init__(
        self, dynamodb: Any, tables: dict[str, str], *kinds: Callable[[Scope], Scope] | None
    ) -> None:
        client: Any = MeteredClient(dynamodb)
        self.client = client
        self.ledger = Ledger(client, tables["KeysTable"], tables["UsageTable"], RETENTION)
        self.keys: list[api_keys.ApiKey] = []
        for kind in reversed(kinds):
            key, above = api_keys.issue(), self.keys[0].key_id if self.keys else None
            made = typical_key(key, parent_id=above)
            KeysTable(dynamodb, tables["KeysTable"], clock=lambda: AT).add(kind(made) if kind else made)
            self.keys.insert(0, key)

    def units(self, **changes: Any) -> tuple[list[float], list[float]]:
        """Of the admission's writes, and of the settlement's."""
        admitted = self.ledger.admit(typical_call(self.keys[0], AT))
        admission = self.client.take_units()
        self.ledger.settle(admitted, replace(typical_record(admitted.request_id, *self.keys), **changes))
        return admission, self.client.take_units()


@KINDS
def test_a_root_key_writes_one_unit_more(dynamodb, tables, kind):
    assert World(dynamodb, tables, kind).units() == ([1], [1, 2, 1])


@KINDS
def test_of_what_the_key_above_has_as_well(dynamodb, tables, kind):
    assert World(dynamodb, tables, None, kind).units() == ([1, 1], [1, 2, 1, 1])


def test_a_call_that_costs_nothing_is_assigned_to_nobody(dynamodb, tables):
    assert World(dynamodb, tables, with_two_packs).units(breakdown=bill("0")) == ([1], [2, 1])


def test_a_key_with_neither_writes_what_it_did(dynamodb, tables):
    assert World(dynamodb, tables, None).units() == ([1], [2, 1])
