"""Requests without a tag are the total less those with it, which may be written before the total is."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from aws_wire.attribute_values import plain
from aws_wire.errors import ServiceError
from tests.support.builders import NOW, record
from tests.support.cost_model import stream_record
from tests.support.fake_costs import FakeCosts
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate_admin.costs import cost_sums
from tollgate_admin.web.date_ranges import DateRange

DAY = NOW.date()
SPAN = DateRange(DAY, DAY, UTC, today=DAY)


class HalfWay(FakeCosts):
    """The sums by owner, of which the total is made, are not written to while it is `out`."""

    out = False

    def update_item(self, **update: Any) -> None:
        if self.out and "#owner#" in update["Key"]["dimension_period"]["S"]:
            raise ServiceError("UpdateItem", {"Error": {"Code": "ValidationException", "Message": ""}})
        super().update_item(**update)


@pytest.mark.parametrize("untagged", [0, 1, 3])
def test_no_row_has_fewer_requests_than_none_while_the_total_lacks_some(untagged):
    table: Any = HalfWay()
    shards = ShardSums(table, "costs", UTC, at_once=1)
    made = [record(f"req_{number}", cost="0.01") for number in range(untagged)]
    made.append(record("req_red", cost="5", tags={"team": "red"}))
    numbered = [
        Numbered(str(number), entry_of(plain(stream_record(each, number)["dynamodb"]["NewImage"]), UTC))
        for number, each in enumerate(made, 1)
    ]
    assert shards.add("shardId-1", numbered[:-1]) == set()
    table.out = True
    assert shards.add("shardId-1", numbered[-1:]) == {numbered[-1].number}
    rows = cost_sums.by_tag(CostsTable(table, "costs", lambda: NOW), "team", SPAN)
    assert all(row.tally.requests >= 0 and row.tally.cost >= 0 for row in rows), rows
