"""What the ledger writes: capacity units per request, by depth and by open requests, and one item's speed.

On DynamoDB Local, which counts capacity as AWS does but is bound by this machine, not by 1,000 units.
"""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.local_client import connected
from tests.support.builders import admission, record, scope
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store.ledger import Ledger

AWS_UNITS_A_SECOND = 1000
CALLS = 400


class MeteredClient:
    """Adds up the units that calls consume, by table."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.units: dict[str, float] = {}

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)
        if operation == "exceptions":
            return call

        def metered(**request: Any) -> Any:
            answer = call(**request, ReturnConsumedCapacity="TOTAL")
            consumed = answer["ConsumedCapacity"]
            table = consumed["TableName"]
            self.units[table] = self.units.get(table, 0) + consumed["CapacityUnits"]
            return answer

        return metered


def main() -> None:
    with connected() as client:
        names = create_tables(
            client, table_schemas(read_template(ROOT / "template.yaml")), f"bench-{uuid.uuid4().hex[:8]}"
        )
        bench = Bench(client, names)
        bench.by_depth()
        bench.by_open_requests()
        bench.one_hot_item()


class Bench:
    def __init__(self, client: Any, names: dict[str, str]) -> None:
        self.client = client
        metered: Any = MeteredClient(client)
        self.metered = metered
        self.keys_table = names["KeysTable"]
        self.keys = KeysTable(client, self.keys_table)
        self.ledger = Ledger(self.metered, self.keys_table, names["UsageTable"], timedelta(days=400))

    def chain(self, depth: int) -> api_keys.ApiKey:
        made: list[api_keys.ApiKey] = []
        for _ in range(depth):
            key = api_keys.issue()
            parent = made[-1].key_id if made else None
            self.keys.add(scope(key, budget_limit="1000000", enforcement=Enforcement.HARD, parent_id=parent))
            made.append(key)
        return made[-1]

    def call(self, key: api_keys.ApiKey) -> None:
        admitted = self.ledger.admit(admission(key, cost="0.01"))
        self.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.005"))

    def by_depth(self) -> None:
        print("write units per request, nothing else open")
        for depth in range(1, 6):
            key = self.chain(depth)
            self.call(key)
            self.metered.units.clear()
            self.call(key)
            print(f"  depth {depth}: {sum(self.metered.units.values()):3.0f}")

    def by_open_requests(self) -> None:
        print("with requests open: an item's size, units per write, requests/s at 1,000 units/s")
        child = self.chain(2)
        found = self.keys.get(child.key_id)
        assert found is not None
        parent = str(found.parent_id)
        opened = 0
        for wanted in (1, 10, 50, 100, 200, 400, 800):
            while opened < wanted:
                self.ledger.admit(admission(child, cost="0.01"))
                opened += 1
            for name, key_id in (("key", child.key_id), ("parent", parent)):
                size = self.size_of(key_id)
                units = -(-size // 1024)
                print(
                    f"  {opened:4} open, {name:6}: {size:7,} bytes, {units:4} units,"
                    f" {AWS_UNITS_A_SECOND / (2 * units):6.1f} requests/s"
                )

    def size_of(self, key_id: str) -> int:
        """An item's size by DynamoDB's rules, from the units that a write of it takes: to the next KB."""
        answer = self.client.update_item(
            TableName=self.keys_table,
            Key={"key_id": {"S": key_id}},
            UpdateExpression="SET touched = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
            ReturnConsumedCapacity="TOTAL",
        )
        return int(answer["ConsumedCapacity"]["CapacityUnits"] * 1024)

    def one_hot_item(self) -> None:
        for clients in (1, 8, 32):
            key = self.chain(1)
            begun = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(self.call, [key] * CALLS))
            print(
                f"one key, {clients:2} clients: {CALLS / (time.perf_counter() - begun):5.0f} requests/s here"
            )


if __name__ == "__main__":
    main()
