"""Days of the request log, in shards."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from tollgate import identifiers
from tollgate.ledger.store import day_shards

DAY = date(2026, 3, 14)
MIDNIGHT = datetime(2026, 3, 14, tzinfo=UTC)


def test_a_requests_shard_is_one_of_the_day_that_it_came_in_on():
    for moment in (MIDNIGHT, MIDNIGHT + timedelta(days=1, milliseconds=-1)):
        assert day_shards.of_request(identifiers.request_id(moment)) in day_shards.of_day(DAY)
    for moment in (MIDNIGHT - timedelta(milliseconds=1), MIDNIGHT + timedelta(days=1)):
        assert day_shards.of_request(identifiers.request_id(moment)) not in day_shards.of_day(DAY)


def test_requests_of_one_moment_spread_over_all_shards():
    """Otherwise a busy second would go to one of the index's partitions."""
    ids = [identifiers.first_request_id(MIDNIGHT) + f"{number:016d}" for number in range(800)]
    found = Counter(map(day_shards.of_request, ids))
    assert found.keys() == set(day_shards.of_day(DAY))
    assert max(found.values()) < 2 * 800 / day_shards.SHARDS


def test_a_requests_shard_stays_what_it_has_been():
    """Stored records are found by it: another derivation would lose them."""
    assert day_shards.of_request("req_01kkpf08zq0000000000000000") == "2026-03-14#4"


@pytest.mark.parametrize(
    "name",
    ["", "req_1", "req_01kkpf08zq000000000000000", "req_01KKPF08ZQ0000000000000000", f"req_{'z' * 26}"],
)
def test_what_is_no_request_id_has_no_shard(name):
    assert day_shards.of_request(name) is None
