"""What the ledger writes: capacity units per request, by depth and by open requests, and one item's speed.

The key and its calls are those of `tests.support.typical_items`. On DynamoDB Local, which counts capacity as
AWS does but is bound by this machine, not by 1,000 units.
"""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import create_tables, read_template, table_schemas
from tests.bench.local_client import connected
from tests.support import item_sizes
from tests.support.metered_client import MeteredClient
from tests.support.typical_items import RETENTION, typical_call, typical_key, typical_record
from tollgate.keys import api_keys
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.store.ledger import Ledger

AWS_UNITS_A_SECOND = 1000
CALLS = 200


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
        self.ledger = Ledger(self.metered, self.keys_table, names["UsageTable"], RETENTION)

    def chain(self, depth: int) -> list[api_keys.ApiKey]:
        """From a key to its root."""
        made: list[api_keys.ApiKey] = []
        for _ in range(depth):
            key, parent = api_keys.issue(), made[0].key_id if made else None
            self.keys.add(replace(typical_key(key, parent_id=parent), max_parallel=None))
            made.insert(0, key)
        return made

    def call(self, chain: list[api_keys.ApiKey]) -> None:
        admitted = self.ledger.admit(typical_call(chain[0]))
        self.ledger.settle(admitted, typical_record(admitted.request_id, *chain))

    def by_depth(self) -> None:
        print("write units per request, nothing else open")
        for depth in range(1, 6):
            self.call(self.chain(depth))
            units = self.metered.take_units()
            print(f"  depth {depth}: {sum(units):3.0f} ({', '.join(f'{each:.0f}' for each in units)})")

    def by_open_requests(self) -> None:
        print("with requests open: an item's size, units per write, requests/s at 1,000 units/s")
        child, parent = self.chain(2)
        opened = 0
        for wanted in (0, 1, 2, 3, 10, 50, 100, 200, 400, 800):
            while opened < wanted:
                self.ledger.admit(typical_call(child))
                opened += 1
            for name, key in (("key", child), ("parent", parent)):
                size = self.size_of(key)
                units = -(-size // item_sizes.UNIT_BYTES)
                print(
                    f"  {opened:4} open, {name:6}: {size:7,} bytes, {units:4} units,"
                    f" {AWS_UNITS_A_SECOND / (2 * units):6.1f} requests/s"
                )

    def size_of(self, key: api_keys.ApiKey) -> int:
        stored = self.client.get_item(TableName=self.keys_table, Key={"key_id": {"S": key.key_id}})
        return item_sizes.size(stored["Item"])

    def one_hot_item(self) -> None:
        for clients in (1, 8, 32):
            chain = self.chain(1)
            begun = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                list(pool.map(self.call, [chain] * CALLS))
            print(
                f"one key, {clients:2} clients: {CALLS / (time.perf_counter() - begun):5.0f} requests/s here"
            )


if __name__ == "__main__":
    main()
