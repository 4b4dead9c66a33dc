"""What must be true once all is over: after the sweep, and when the streams' consumers have caught up."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.chaos.chaos_calls import faults_of
from tests.support.cost_model import sums_of
from tests.support.invariants import assert_consistent
from tollgate import money
from tollgate.alerts.alerts import AlertKind, DeliveryState
from tollgate.alerts.decisions import WatchedBudget
from tollgate.aws.dynamodb import pages
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_health.summaries import BudgetSummary
from tollgate.costs.cost_entry import fold
from tollgate.costs.store import cost_items
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.ledger.records import Outcome
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import record_items
from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS
from tollgate.reconcile.store.reconciliation_run import Reconciliation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.chaos.chaos_calls import CallOutcome
    from tests.chaos.chaos_world import ChaosWorld
    from tests.chaos.consumers import AlertsConsumer
    from tollgate.ledger.scopes import Scope

Item = dict[str, Any]


def stored_records(world: ChaosWorld) -> list[Item]:
    return list(pages(world.client.scan, TableName=world.tables["UsageTable"], ConsistentRead=True))


def stored_scopes(world: ChaosWorld) -> dict[str, Scope]:
    found = ((key_id, world.base.keys.get(key_id)) for key_id in world.scope_ids())
    return {key_id: scope for key_id, scope in found if scope is not None}


def answer_faults(outcomes: Iterable[CallOutcome]) -> Iterator[str]:
    """Every request was answered, or refused properly."""
    for outcome in outcomes:
        for fault in faults_of(outcome):
            yield f"call {outcome.number} ({outcome.request_id}, {outcome.api}): {fault}"


def ledger_faults(
    world: ChaosWorld, outcomes: Sequence[CallOutcome], worked_on: Iterable[int], records: Sequence[Item]
) -> Iterator[str]:
    """Each request has one record at most, and one if a provider worked on it; counters are their sums; no
    budget is passed, and no hold left. `worked_on` are the groups of calls that a provider was asked.
    """
    times = Counter(each["request_id"] for each in records)
    yield from (f"{request_id} has {count} records" for request_id, count in times.items() if count > 1)
    calls = {each.request_id: each for each in outcomes}
    yield from (f"the record {request_id} is of no call" for request_id in times.keys() - calls.keys())
    for each in outcomes:
        if each.served and each.request_id not in times:
            yield f"call {each.number} ({each.request_id}) was served and has no record"
    whole = {each["request_id"] for each in records if _names_all(world, each)}
    recorded = {each.group for each in outcomes if each.request_id in whole}
    for group in sorted(set(worked_on) - recorded):
        yield f"a provider worked on call {group}, which has no record"
    beyond = [each["request_id"] for each in records if each.get("exceeds_hold")]
    yield from (f"{request_id} cost more than its hold" for request_id in beyond)
    yield from _counter_faults(world, records)
    report = Reconciliation(
        world.client, world.tables["KeysTable"], world.tables["UsageTable"], world.clock, lambda _: None
    ).run()
    yield from (f"the audit finds a drift: {each}" for each in report.drifts)


def _names_all(world: ChaosWorld, record: Item) -> bool:
    """Whether a request was let in by all: it can't have gone to a provider otherwise."""
    return bool(record["scopes"] == [record["key_id"], *world.above[record["key_id"]]])


def _counter_faults(world: ChaosWorld, records: Sequence[Item]) -> Iterator[str]:
    charged: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in records:
        died_before = each["outcome"] == Outcome.ABANDONED and each["calculated_cost"] == 0
        if not _names_all(world, each) and not died_before:
            yield f"{each['request_id']} names other scopes: {each['scopes']}"
        for scope_id in each["scopes"]:
            with money.exact():
                charged[scope_id] += each["calculated_cost"]
    for key_id, scope in stored_scopes(world).items():
        yield from _scope_faults(scope, charged[key_id], world.limits[key_id])


def _scope_faults(scope: Scope, charged: Decimal, limit: Decimal) -> Iterator[str]:
    if scope.holds or scope.closed:
        yield f"{scope.key_id} has {dict(scope.holds)} left, and {dict(scope.closed)}"
    if scope.budget_used != charged:
        yield f"{scope.key_id} counts {scope.budget_used}, its records {charged}"
    if scope.enforcement is Enforcement.HARD and scope.budget_used > limit:
        yield f"{scope.key_id} has passed its budget of {limit}: {scope.budget_used}"
    try:
        assert_consistent(scope)
    except AssertionError as error:
        yield f"{scope.key_id} is inconsistent: {error}"


def sum_faults(world: ChaosWorld, records: Sequence[Item]) -> Iterator[str]:
    """Each sum of costs is that of the records."""
    expected = fold(entry_of(each, UTC) for each in records)
    found = CostsTable(world.client, world.tables["CostsTable"], world.clock).tallies_of(expected)
    read = {
        (*cost_items.address(aggregate), name): Decimal(number)
        for aggregate, tally in found.items()
        for name, number in cost_items.additions(aggregate, tally)
    }
    due = sums_of(map(record_items.to_record, records), UTC)
    for place in sorted(read.keys() | due.keys()):
        if read.get(place, 0) != due.get(place, 0):
            yield f"the sum {place} is {read.get(place)}, and {due.get(place)} by the records"


def alert_faults(world: ChaosWorld, alerts: AlertsConsumer) -> Iterator[str]:
    """Each threshold that a budget has reached was told of once, and no other, to all who have to hear."""
    told: Counter[tuple[str, int | None]] = Counter()
    for alert in alerts.alerts():
        if alert.content.kind is not AlertKind.THRESHOLD:
            yield f"{alert.key_id} was told of a {alert.content.kind}"
        told.update((alert.key_id, each) for each in (alert.content.percent, *alert.content.also))
    yield from _delivery_faults(alerts)
    for key_id, scope in stored_scopes(world).items():
        balance = WatchedBudget.TOTAL.balance_in(scope)
        for threshold in DEFAULT_THRESHOLDS:
            due = int(balance is not None and balance.is_reached(threshold.percent))
            times = told[key_id, threshold.percent]
            if times != due:
                yield f"{threshold.percent} % of {key_id} were told of {times} times, and {due} times reached"


def _delivery_faults(alerts: AlertsConsumer) -> Iterator[str]:
    """Each message was sent, and once, unless its process could not note that it was."""
    sent = Counter((each.alert_id, each.to) for each in alerts.messenger.sent)
    for alert in alerts.alerts():
        for delivery in alert.deliveries.values():
            message = alert.id, delivery.address
            times = sent.pop(message, 0)
            if delivery.state is not DeliveryState.SENT or not times:
                yield f"{message} is {delivery.state}, and was sent {times} times"
            if times > 1 and message not in alerts.twice:
                yield f"{message} was sent {times} times"
    yield from (f"a message of no alert was sent: {each}" for each in sent)


def summary_faults(world: ChaosWorld) -> Iterator[str]:
    """How keys stand is what their summaries say."""
    stored = SummariesTable(world.client, world.tables["CostsTable"]).all()
    for key_id, scope in stored_scopes(world).items():
        due = BudgetSummary.of(scope, world.clock())
        if stored.get(key_id) != due:
            yield f"the summary of {key_id} is {stored.get(key_id)}, due is {due}"
