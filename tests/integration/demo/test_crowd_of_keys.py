"""The crowd's keys and sums are as the API's own stores read them."""

from __future__ import annotations

from datetime import UTC, timedelta

from infra.demo.crowd_of_keys import CrowdTables, crowd
from tests.support.builders import NOW
from tollgate import money
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.costs.aggregates import ALL, Aggregate, Dimension
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.store.keys_table import KeysTable


def test_the_sums_of_a_crowds_keys_are_the_total(dynamodb, tables):
    keys, costs = tables["KeysTable"], tables["CostsTable"]
    made = crowd(CrowdTables(dynamodb, keys, costs), NOW, keys=40, requests=4000, days=12)
    days = [NOW.astimezone(UTC).date() - timedelta(days=ago) for ago in range(12)]
    table = CostsTable(dynamodb, costs, clock=lambda: NOW)
    wanted = [Aggregate(Dimension.TOTAL, day.isoformat(), ALL) for day in days]
    of_keys = [Aggregate(Dimension.KEY, day.isoformat(), key) for day in days for key in made.key_ids]

    total, single = table.tallies_of(wanted).values(), table.tallies_of(of_keys).values()

    assert sum(each.requests for each in total) == sum(each.requests for each in single) >= 4000
    assert money.total(each.cost for each in total) == money.total(each.cost for each in single) > 0


def test_a_crowds_keys_are_found_with_their_children_and_their_states(dynamodb, tables):
    keys, costs = tables["KeysTable"], tables["CostsTable"]
    made = crowd(CrowdTables(dynamodb, keys, costs), NOW, keys=20, requests=100, days=2)

    stored = KeysTable(dynamodb, keys).get_all(made.key_ids)
    states = SummariesTable(dynamodb, costs).all()

    assert stored.keys() == set(made.key_ids) == states.keys()
    assert {each.parent_id for each in stored.values()} == {None, made.key_ids[0], made.key_ids[10]}
    assert len({budget.state for state in states.values() for budget in state.budgets}) >= 2
