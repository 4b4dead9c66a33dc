"""What requests do to the keys that they are charged to: by the ledger's rules, and written day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import item
from tollgate.ledger import settlements
from tollgate.ledger.billing import assignments, packs
from tollgate.ledger.holds import Hold, HoldParts
from tollgate.ledger.records import BillingParts, PackDraw
from tollgate.ledger.settlements import Charge
from tollgate.ledger.store import scope_items
from tollgate.ledger.store.scope_items import CHANGING_ATTRIBUTES, WINDOW_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope

_CHARGED = (
    "budget_used",
    "budget_available",
    "last_used_at",
    "packs",
    "packs_left",
    "packs_paid",
    *WINDOW_ATTRIBUTES,
    *CHANGING_ATTRIBUTES,
)


@dataclass
class ScopeBooks:
    """Keys as they stand within a day; `close` writes those that were charged."""

    keys: KeysTable

    def __post_init__(self) -> None:
        self._scopes: dict[str, Scope] = {}

    def scope(self, key_id: str) -> Scope:
        if key_id not in self._scopes:
            found = self.keys.get(key_id)
            if found is None:
                raise LookupError(key_id)
            self._scopes[key_id] = found
        return self._scopes[key_id]

    def settle(self, record: LedgerRecord) -> LedgerRecord:
        """Charges a request to its key and all above; returns its record with who has paid for it."""
        draws: list[PackDraw] = []
        billing: BillingParts | None = None
        for scope_id in record.scopes:
            drawn, parts = self._assign(scope_id, record)
            draws += drawn
            billing = billing or parts
        settled = replace(record, pack_draws=tuple(draws), billing=billing)
        for scope_id in record.scopes:
            self._close(scope_id, settled)
        return settled

    def close(self) -> list[Scope]:
        """Writes what has changed; returns the keys that it wrote."""
        charged = list(self._scopes.values())
        for scope in charged:
            self._write(scope)
        self._scopes.clear()
        return charged

    def _assign(self, scope_id: str, record: LedgerRecord) -> tuple[Sequence[PackDraw], BillingParts | None]:
        scope = self.scope(scope_id).advanced(record.created_at)
        held = replace(scope, holds={record.request_id: _hold(record.created_at)})
        change = assignments.assignment(
            held, record.request_id, record.model, record.calculated_cost, money.ONE
        )
        draws = [PackDraw(scope_id, pack_id, amount) for pack_id, amount in change.parts.draws.items()]
        self._scopes[scope_id] = _drawn(scope, change.parts.draws, record.created_at)
        parts = change.parts
        if parts.included is None or parts.metered is None:
            return draws, None
        return draws, BillingParts(scope_id, parts.included, parts.metered)

    def _close(self, scope_id: str, record: LedgerRecord) -> None:
        scope, billing = self._scopes[scope_id], record.billing
        if billing is not None and billing.scope_id == scope_id:
            with money.exact():
                quota = replace(
                    scope.quota,
                    included=scope.quota.included + billing.included,
                    metered=scope.quota.metered + billing.metered,
                )
            hold = replace(
                _hold(record.created_at),
                parts=HoldParts(record.calculated_cost, {}, billing.included, billing.metered),
            )
            scope = replace(scope, quota=quota)
        else:
            hold = _hold(record.created_at)
        change = settlements.closing(scope, hold, Charge.of(record), record.completed_at)
        after = settlements.closed(change, record.request_id)
        self._scopes[scope_id] = replace(after, last_used_at=record.created_at)

    def _write(self, scope: Scope) -> None:
        stored = scope_items.to_item(scope)
        attributes = {name: stored[name] for name in _CHARGED}
        present = item({name: value for name, value in attributes.items() if value is not None})
        absent = [name for name, value in attributes.items() if value is None]
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in present)
        if absent:
            update += " REMOVE " + ", ".join(f"#{name}" for name in absent)
        self.keys.client.update_item(
            TableName=self.keys.table,
            Key={"key_id": {"S": scope.key_id}},
            UpdateExpression=update,
            ExpressionAttributeNames={f"#{name}": name for name in attributes},
            ExpressionAttributeValues={f":{name}": value for name, value in present.items()},
        )


def _hold(at: datetime) -> Hold:
    """Of a request that is over: it holds nothing any more."""
    return Hold(money.ZERO, 0, at, at + timedelta(minutes=16))


def _drawn(scope: Scope, draws: Mapping[str, Decimal], at: datetime) -> Scope:
    """The scope after its packs have paid."""
    if not draws:
        return scope
    with money.exact():
        left = {
            pack_id: replace(pack, left=pack.left - draws.get(pack_id, money.ZERO))
            for pack_id, pack in scope.packs.items()
        }
        return packs.advanced(replace(scope, packs=left), at)
