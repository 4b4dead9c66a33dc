"""The ledger over real tables: a tree of keys, requests that they make, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.builders import NOW, admission, record, scope
from tests.support.invariants import StrictClient, assert_consistent
from tollgate.aws.dynamodb import pages
from tollgate.keys import api_keys
from tollgate.keys.store import pack_edit_writes
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_edit_writes import Addition
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.store.admission_memory import AdmissionMemory
from tollgate.ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.billing.packs import Pack
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope

LATER = NOW + timedelta(minutes=3)
"""When the holds of requests admitted now have expired."""


class LedgerWorld:
    later = LATER

    def __init__(
        self, dynamodb: Any, tables: dict[str, str], *, hard: bool = False, sweeper: Any = None
    ) -> None:
        """`sweeper` is the client of whoever sweeps, `dynamodb` unless given."""
        client: Any = StrictClient(dynamodb, hard=hard)
        self.client = client
        self._sweeper: Any = client if sweeper is None else StrictClient(sweeper, hard=hard)
        self.now = NOW
        self.keys = KeysTable(self.client, tables["KeysTable"], clock=lambda: self.now)
        self.ledger = Ledger(self.client, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))

    def add(self, key: api_keys.ApiKey | None = None, **changes: Any) -> api_keys.ApiKey:
        key = key or api_keys.issue()
        self.keys.add(scope(key, **changes))
        return key

    def chain(self, depth: int, **changes: Any) -> list[api_keys.ApiKey]:
        """Keys from a leaf to the root, alike in everything but their parents."""
        found: list[api_keys.ApiKey] = []
        for _ in range(depth):
            parent = found[0].key_id if found else None
            found.insert(0, self.add(parent_id=parent, **changes))
        return found

    def on(self, client: Any) -> Ledger:
        """The ledger of another process."""
        return replace(self.ledger, client=client, _memory=AdmissionMemory())

    def admit(self, key: api_keys.ApiKey, **asked: Any) -> AdmittedRequest:
        return self.ledger.admit(admission(key, **asked))

    def record(
        self, asked: Admission | AdmittedRequest, key: api_keys.ApiKey, **changes: Any
    ) -> LedgerRecord:
        return record(asked.request_id, key=key, **changes)

    def spend(self, key: api_keys.ApiKey, charged: str, **asked: Any) -> Scope | None:
        """A whole call."""
        admitted = self.admit(key, **asked)
        said = self.record(admitted, key, cost=charged, scopes=admitted.scope_ids)
        return self.ledger.settle(admitted, said)

    def scope(self, key: api_keys.ApiKey | str) -> Scope:
        found = self.keys.get(key if isinstance(key, str) else key.key_id)
        assert found is not None
        assert_consistent(found)
        return found

    def raise_limit(
        self, key: api_keys.ApiKey, limit: str, until: datetime, window: str = "total", **noted: Any
    ) -> Scope:
        """As somebody approves of it."""
        before = self.scope(key)
        said = {"by": RaisedBy.APPROVAL, "reference": "breq_1", **noted}
        return self.keys.edit(before, temporary_limits.raised(before, window, Decimal(limit), until, **said))

    def edit(self, key: api_keys.ApiKey, **changes: Any) -> Scope:
        before = self.scope(key)
        return self.keys.edit(before, replace(before, **changes))

    def give(self, key: api_keys.ApiKey, pack_id: str, given: Pack) -> Scope:
        """Gives a key a pack, now."""
        addition = Addition(pack_id, given, ended={})

        def adding(seen: Scope) -> Update:
            return pack_edit_writes.adding(self.keys.table, seen, addition, self.now, None)

        return self.keys.edit_packs(self.scope(key), adding, None)

    def void(self, key: api_keys.ApiKey, pack_id: str) -> Scope:
        def voiding(seen: Scope) -> Update:
            return pack_edit_writes.voiding(self.keys.table, seen, pack_id, self.now, None)

        return self.keys.edit_packs(self.scope(key), voiding, None)

    def sweep(self, *keys: api_keys.ApiKey, at: Any = LATER) -> None:
        ledger = replace(self.ledger, client=self._sweeper)
        for key in keys:
            ledger.sweep.scope(self.scope(key), at)

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(pages(self.client.scan, TableName=self.ledger.usage_table))

    def spent(self) -> Decimal:
        return sum((each["calculated_cost"] for each in self.records), Decimal(0))
