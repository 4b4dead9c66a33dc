"""A ledger whose clock may run, what goes wrong in it, and the audit that finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import values
from tests.support.builders import NOW, admission, record
from tests.support.faults import OneByOne
from tests.support.ledger_world import LedgerWorld
from tollgate import identifiers
from tollgate.reconcile.store.reconciliation_run import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope

AFTERWARDS = NOW + timedelta(minutes=30)


class AuditWorld(LedgerWorld):
    @property
    def raw(self) -> Any:
        """The client that lets every contradiction pass."""
        return self.client._client

    def asked(self, key: ApiKey, at: datetime = NOW, **asked: Any) -> Admission:
        made: dict[str, Any] = {
            "request_id": identifiers.request_id(at),
            "at": at,
            "hold_until": at + timedelta(minutes=2),
        }
        return admission(key, **made | asked)

    def spend(
        self, key: ApiKey, charged: str, at: datetime | Callable[[], datetime] = NOW, **asked: Any
    ) -> Scope | None:
        """A whole call; with a clock for `at` it is completed by that."""
        begun = at() if callable(at) else at
        admitted = self.ledger.admit(self.asked(key, begun, **asked))
        done = at() if callable(at) else begun + timedelta(seconds=1)
        return self.ledger.settle(admitted, self.record(admitted, key, cost=charged, completed_at=done))

    def record(self, asked: Admission | AdmittedRequest, key: ApiKey, **changes: Any) -> LedgerRecord:
        scopes: Any = getattr(asked, "scope_ids", (key.key_id,))
        return record(asked.request_id, key=key, **{"created_at": asked.at, "scopes": scopes} | changes)

    def audit(self, now: datetime = AFTERWARDS, client: Any = None) -> Reconciliation:
        tables = self.ledger.keys_table, self.ledger.usage_table
        return Reconciliation(client or self.client, *tables, clock=lambda: now, pause=lambda _: None)

    def live_audit(self, passes: int = 3) -> Reconciliation:
        """By the same clock as those who spend."""
        tables = self.ledger.keys_table, self.ledger.usage_table
        skew = timedelta(milliseconds=2)
        return Reconciliation(self.client, *tables, pause=lambda _: None, skew=skew, passes=passes)

    def plant(self, key: ApiKey, amount: Decimal, what: str = "budget") -> None:
        """Spending without a record, or a record that was not counted."""
        self._update(
            key, f"{what}_used = {what}_used + :amount, {what}_available = {what}_available - :amount", amount
        )

    def raw_add(self, key: ApiKey, attribute: str, amount: Decimal) -> None:
        self._update(key, f"{attribute} = {attribute} + :amount", amount)

    def _update(self, key: ApiKey, clauses: str, amount: Decimal) -> None:
        self.raw.update_item(
            TableName=self.keys.table,
            Key=values({"key_id": key.key_id}),
            UpdateExpression=f"SET {clauses}",
            ExpressionAttributeValues=values({":amount": amount}),
        )

    def forget_records(self) -> None:
        """As their time to live does."""
        for each in self.records:
            key = {name: each[name] for name in ("key_id", "request_id")}
            self.client.delete_item(TableName=self.ledger.usage_table, Key=values(key))

    def before(self, operation: str, number: int, act: Callable[[], None]) -> Any:
        """A client before whose `number`-th call of an operation something else happens."""
        return _InterruptedClient(self.client, operation, act, number)

    def always_before(self, operation: str, act: Callable[[], None]) -> Any:
        return _InterruptedClient(self.client, operation, act)


class _InterruptedClient(OneByOne):
    def __init__(
        self, client: Any, operation: str, act: Callable[[], None], number: int | None = None
    ) -> None:
        self._client = client
        self._operation = operation
        self._act = act
        self._number = number
        self._count = 0

    def __getattr__(self, operation: str) -> Any:
        if operation == self._operation:
            self._count += 1
            if self._number in {None, self._count}:
                self._act()
        return getattr(self._client, operation)
