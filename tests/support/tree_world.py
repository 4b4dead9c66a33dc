"""A tree of keys over real tables, as admins change it, and what must be true of it at every moment."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support import expressions
from tests.support.builders import NOW, scope
from tests.support.invariants import StrictClient, assert_consistent
from tollgate import money
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws.dynamodb import pages
from tollgate.clock import utc_now
from tollgate.keys import api_keys, audit_actions
from tollgate.keys.families import Limits
from tollgate.keys.store.family_items import FamilyTable
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.move_item import MoveTable
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.windows import Period, Schedule
from tollgate_admin.web import revisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.ledger.scopes import Scope

MAX_DEPTH = 4


def quota(limit: str | None, period: Period = Period.MONTH) -> Quota:
    none = Quota(NOW)
    if limit is None:
        return none
    return none.rescheduled(NOW, QuotaSettings(limit=Decimal(limit), schedule=Schedule(period)))


def change_of(before: Scope, after: Scope) -> Change:
    return Change.of(
        before.key_id,
        audit_actions.key_actions(before, after),
        {"version": 0},
        {"version": 1},
        actor="tester",
        at=utc_now(),
        request_id=None,
    )


class GoneError(Exception):
    """There is no such key any more."""


class StricterClient(StrictClient):
    """Checks transactions, too: their expressions, and that none edits an item that takes requests."""

    def transact_write_items(self, **request: Any) -> Any:
        for write in request["TransactItems"]:
            for operation, part in write.items():
                assert expressions.faults(part) == []
                is_key = part.get("Key", {}).get("key_id", {}).get("S", "").startswith("key_")
                # What is deleted takes no requests.
                assert not is_key or operation == "Delete", f"a transaction that is a {operation} of a key"
        return self._client.transact_write_items(**request)


class TreeWorld:
    def __init__(self, dynamodb: Any, tables: dict[str, str]) -> None:
        self.client, self._tables = StricterClient(dynamodb), tables

    def on(self, client: Any) -> Hierarchy:
        """The hierarchy as another process sees it."""
        table = self._tables["KeysTable"]
        keys = KeysTable(client, table, AuditTable(client, self._tables["AuditTable"]))
        return Hierarchy(keys, FamilyTable(client, table), MoveTable(client, table), MAX_DEPTH)

    @property
    def hierarchy(self) -> Hierarchy:
        return self.on(self.client)

    @property
    def keys(self) -> KeysTable:
        return self.hierarchy.keys

    def add(
        self, parent_id: str | None = None, *, hierarchy: Hierarchy | None = None, **changes: Any
    ) -> Scope:
        """A new key, by default with no limits."""
        limits = {"budget_limit": None, **changes}
        made = scope(api_keys.issue(), parent_id=parent_id, **limits)
        created = change_of(made, made)
        revisions.retry_on_conflict(lambda: (hierarchy or self.hierarchy).add(made, created))
        return made

    def edit(self, key_id: str, *, hierarchy: Hierarchy | None = None, **changes: Any) -> Scope:
        return self._repeat(
            hierarchy,
            key_id,
            lambda tree, before: tree.edit(before, *_edited(before, replace(before, **changes))),
        )

    def move(self, key_id: str, parent_id: str | None, *, hierarchy: Hierarchy | None = None) -> Scope:
        return self._repeat(
            hierarchy,
            key_id,
            lambda tree, before: tree.move(
                before, parent_id, change_of(before, replace(before, parent_id=parent_id))
            ),
        )

    def delete(self, key_id: str, *, hierarchy: Hierarchy | None = None) -> Scope:
        def delete(tree: Hierarchy, before: Scope) -> Scope:
            tree.delete(before, replace(change_of(before, before), actions=("key.delete",)))
            return before

        return self._repeat(hierarchy, key_id, delete)

    def get(self, key_id: str) -> Scope:
        found = self.keys.get(key_id)
        assert found is not None
        return found

    def changes(self, key_id: str) -> list[Change]:
        """Oldest first."""
        self.keys.append_audit(key_id)
        assert self.keys.audit_table is not None
        found, following = self.keys.audit_table.page(key_id, size=200, after=None)
        assert following is None
        return found[::-1]

    def scopes(self) -> dict[str, Scope]:
        found, following = self.keys.page(10_000, None)
        assert following is None
        return {each.key_id: each for each in found}

    def assert_sound(self) -> None:
        """Families show no less than children have, and no parent gives more than it may."""
        scopes = self.scopes()
        children: dict[str, list[Scope]] = {key_id: [] for key_id in scopes}
        for each in scopes.values():
            assert_consistent(each)
            if each.parent_id is not None:
                children[each.parent_id].append(each)
        for key_id, chain in self.keys.chains(scopes.values()).items():
            assert len(chain) <= MAX_DEPTH
            assert chain[-1].parent_id is None, f"{key_id} is in a cycle: {[each.key_id for each in chain]}"
        for key_id, below in children.items():
            self._assert_family(scopes[key_id], below)
        self._assert_named(scopes)

    def _assert_named(self, scopes: dict[str, Scope]) -> None:
        """Every external id leads to the one key that has it."""
        named = {each.external_id: key_id for key_id, each in scopes.items() if each.external_id is not None}
        if not named:
            return
        pointers = {each["key_id"]: each["key"] for each in self.items() if each.get("kind") == "external"}
        assert len(named) == sum(each.external_id is not None for each in scopes.values())
        assert {f"external#{name}": key_id for name, key_id in named.items()}.items() <= pointers.items()

    def _assert_family(self, parent: Scope, children: list[Scope]) -> None:
        family = self.hierarchy.families.get(parent.key_id)
        own = Limits.of(parent)
        if family is None:
            assert children == []
            return
        assert family.own.limits.strictest(own) == family.own.limits
        assert family.overcommit <= parent.overcommit
        for child in children:
            noted = family.members[child.key_id].limits
            assert noted.widest(Limits.of(child)) == noted
            assert child.priority.rank <= parent.priority.rank
            if child.safety_level is not None and parent.safety_level is not None:
                assert child.safety_level <= parent.safety_level
        if parent.overcommit:
            return
        budgets = sum((child.budget_limit or money.ZERO for child in children), money.ZERO)
        assert own.budget is None or budgets <= own.budget
        for period, limit in own.quotas.items():
            assert sum(Limits.of(child).share(period) for child in children) <= limit

    def items(self) -> list[dict[str, Any]]:
        return list(pages(self.client.scan, TableName=self._tables["KeysTable"], ConsistentRead=True))

    def _repeat(
        self, hierarchy: Hierarchy | None, key_id: str, step: Callable[[Hierarchy, Scope], Scope]
    ) -> Scope:
        tree = hierarchy or self.hierarchy

        def attempt() -> Scope:
            before = tree.keys.get(key_id)
            if before is None:
                raise GoneError(key_id)
            return step(tree, before)

        return revisions.retry_on_conflict(attempt)


def _edited(before: Scope, after: Scope) -> tuple[Scope, Change]:
    return after, change_of(before, after)
