"""Costs that an admin's queries are tried on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support import rolled_up
from tollgate.costs.aggregates import Latency, Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from tests.support.admin_client import Admin


class Spent:
    """A key and one below it, two models and two owners over two months; today is not among the days."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        self.parent = admin.key(name="parent")["id"]
        self.child = admin.key(name="child", parentId=self.parent)["id"]
        self.provider = admin.provider()["id"]
        self.count = 0
        self.spend(self.parent, "small", date(2026, 2, 27), "0.000001", owner="a@b.example")
        self.spend(self.parent, "large", date(2026, 3, 1), "1.5", failed=1, owner="a@b.example")
        self.spend(self.child, "large", date(2026, 3, 1), "0.25", tags=frozenset({"team=red", "site=="}))
        self.spend(self.child, "small", date(2026, 3, 14), "0.1", failed=1, tags=frozenset({"team=blue"}))

    def __call__(self, route: str, **query: Any) -> Any:
        answer = self.admin("GET", f"/costs/{route}", **query)
        assert answer.status == 200, answer.text
        return answer.json

    def spend(self, key_id: str, model: str, day: date, cost: str, failed: int = 0, **changes: Any) -> None:
        self.count += 1
        tally = Tally(
            requests=1,
            failed=failed,
            prompt_tokens=100,
            completion_tokens=10,
            cost=Decimal(cost),
            tokens={TokenClass.INPUT: 100, TokenClass.OUTPUT: 10},
            latency=Latency.of(1000 * self.count),
        )
        scopes = (key_id,) if key_id == self.parent else (key_id, self.parent)
        entry = CostEntry(f"req_{self.count}", key_id, model, day, tally, scopes, self.provider)
        rolled_up.add(self.admin.services.costs, replace(entry, **changes))
