"""What a call writes weighs, of which DynamoDB charges a unit for each 1,024 bytes.

Worked out by DynamoDB's rules, which `test_write_units.py` holds to what DynamoDB Local counts, from a key
and a record as many deployments have them (`tests.support.typical_items`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import read_template, table_schemas
from tests.support import item_sizes
from tests.support.typical_items import RETENTION, busy_key, stored_size, typical_call, typical_record
from tollgate.aws.dynamodb import item
from tollgate.keys import api_keys
from tollgate.ledger.store import record_items

OPEN_AT_ONCE = (0, 1, 3, 10, 50, 100, 200, 800)


def measure() -> dict[str, Any]:
    """Bytes of a key and of its root, by how many calls are open; of a record, and of its index entry."""
    key, root = api_keys.issue(), api_keys.issue()
    made = typical_record(typical_call(key).request_id, key, root)
    stored = item(record_items.to_item(made, RETENTION))
    return {
        "open": {
            str(count): {
                "key": stored_size(busy_key(key, count, own=True, parent_id=root.key_id)),
                "root": stored_size(busy_key(root, count, own=False)),
            }
            for count in OPEN_AT_ONCE
        },
        "record after a failed attempt": item_sizes.size(stored),
        "record": item_sizes.size(item(record_items.to_item(replace(made, attempts=()), RETENTION))),
        "index entry": item_sizes.size(stored, _projected()),
    }


def _projected() -> set[str]:
    schema = table_schemas(read_template(ROOT / "template.yaml"))["UsageTable"]
    (index,) = schema["GlobalSecondaryIndexes"]
    keys = [*schema["KeySchema"], *index["KeySchema"]]
    return {*(each["AttributeName"] for each in keys), *index["Projection"]["NonKeyAttributes"]}
