"""Thousands of keys, and the sums of millions of requests, to see how quickly pages are with them.

Sums are written as the rollup and the closing of days leave them, without the records. Of ten keys the first
is the parent of the others. Each key has one model, owner, provider, tag and cost centre; one in nine is used
on a day. Within one value (the models of a key, the keys of a model) there are sums of the first keys
and the first model alone.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.demo.batches import put_all
from tollgate.aws.dynamodb import item
from tollgate.budget_health.store.summaries_table import SummariesTable
from tollgate.budget_health.summaries import BudgetSummary
from tollgate.costs.aggregates import ALL, Aggregate, Dimension, Latency, Tally
from tollgate.costs.cover import month_of
from tollgate.costs.store import cost_items
from tollgate.keys import api_keys
from tollgate.keys.families import Family, Limits
from tollgate.keys.store.family_items import FamilyTable
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, KeyStatus, Scope
from tollgate.ledger.store import scope_items
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

_MODELS, _OWNERS, _PROVIDERS, _TEAMS, _CENTRES, _FAMILY = 20, 500, 4, 40, 60, 10
# On a day, one key in so many is used.
_ACTIVE = 9
# Of so many keys there are sums within them.
_DETAILED = 20
_THREADS = 4


@dataclass(frozen=True)
class CrowdTables:
    """A client of DynamoDB, and the tables that are written to."""

    client: Any
    keys: str
    costs: str


@dataclass(frozen=True)
class Crowd:
    """Ids of its keys, and the secret of the first, which is above nine others."""

    key_ids: list[str]
    first_secret: str


def crowd(
    tables: CrowdTables,
    now: datetime,
    *,
    keys: int = 5000,
    requests: int = 2_000_000,
    days: int = 60,
) -> Crowd:
    """Adds them to a stack: keys with budgets in every state, and sums of `days` that end with today.

    Whoever reads the tables' streams must be kept from these writes.
    """
    made = [_made(number, now) for number in range(keys)]
    scopes = [scope for scope, _ in made]
    put_all(tables.client, tables.keys, [item(scope_items.to_item(scope)) for scope in scopes])
    _note_families(FamilyTable(tables.client, tables.keys), scopes)
    _note_states(SummariesTable(tables.client, tables.costs), scopes, now)
    each = max(requests * _ACTIVE // (keys * days), 1)
    today = now.astimezone(UTC).date()
    counted: dict[Aggregate, _Counts] = defaultdict(_Counts)
    for ago in range(days):
        day = today - timedelta(days=ago)
        for number in range(ago % _ACTIVE, keys, _ACTIVE):
            for aggregate in _aggregates(scopes, number, day):
                counted[aggregate].add(each, number)
    put_all(tables.client, tables.costs, _items(counted))
    return Crowd([scope.key_id for scope in scopes], made[0][1])


@dataclass
class _Counts:
    requests: int = 0
    failed: int = 0
    millionths: int = 0

    def add(self, requests: int, number: int) -> None:
        self.requests += requests
        self.failed += number % 7 == 0
        self.millionths += requests * (900 + number % 97 * 41)

    def tally(self) -> Tally:
        buckets = dict.fromkeys((400, 600, 800, 1000, 1500, 2000), self.requests // 6)
        return Tally(
            requests=self.requests,
            failed=self.failed,
            prompt_tokens=1000 * self.requests,
            completion_tokens=200 * self.requests,
            cost=Decimal(self.millionths).scaleb(-6),
            tokens={TokenClass.INPUT: 1000 * self.requests, TokenClass.OUTPUT: 200 * self.requests},
            latency=Latency(900 * self.requests, buckets),
        )


def _made(number: int, now: datetime) -> tuple[Scope, str]:
    """A key, and its secret: active, its budget used to a percentage that goes by its number."""
    key = api_keys.issue(f"key_{number:016}")
    limit = None if number % 11 == 0 else Decimal(20 + number % 400)
    used = Decimal(number * 37 % 104) * (limit or 50) / 100
    parent = number - number % _FAMILY
    scope = Scope(
        key_id=key.key_id,
        name=f"Service {number:04} of team {number // _FAMILY:03}",
        secret_hash=key.secret_hash,
        status=KeyStatus.ACTIVE,
        enforcement=Enforcement.SOFT,
        budget_limit=limit,
        budget_used=used,
        budget_available=(limit or Decimal(0)) - used,
        quota=Quota(starts_at=now - timedelta(days=200)),
        holds={},
        created_at=now - timedelta(days=200, minutes=number),
        updated_at=now - timedelta(days=3),
        parent_id=None if parent == number else f"key_{parent:016}",
        last_used_at=now - timedelta(minutes=number % 5000),
        owner_email=_owner(number),
        tags={"team": f"team-{number % _TEAMS}"},
        cost_centre=f"CC-{number % _CENTRES:03}",
    )
    return scope, key.reveal()


def _note_families(table: FamilyTable, scopes: list[Scope]) -> None:
    for start in range(0, len(scopes), _FAMILY):
        parent, *children = scopes[start : start + _FAMILY]
        family = Family.of(parent)
        for child in children:
            family = family.settled(child.key_id, Limits.of(child), child.revision)
        table.put(family)


def _note_states(table: SummariesTable, scopes: list[Scope], now: datetime) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(lambda each: table.put(each.key_id, BudgetSummary.of(each, now), 0), scopes))


def _aggregates(scopes: list[Scope], number: int, day: date) -> Iterator[Aggregate]:
    own, root = scopes[number].key_id, scopes[number - number % _FAMILY].key_id
    model, owner, centre = f"crowd-model-{number % _MODELS}", _owner(number), f"CC-{number % _CENTRES:03}"
    for period in (day.isoformat(), month_of(day)):
        yield Aggregate(Dimension.TOTAL, period, ALL)
        yield Aggregate(Dimension.KEY, period, own)
        for scope in {own, root}:
            yield Aggregate(Dimension.SCOPE, period, scope)
        yield Aggregate(Dimension.MODEL, period, model)
        yield Aggregate(Dimension.OWNER, period, owner)
        yield Aggregate(Dimension.PROVIDER, period, f"prv_crowd{number % _PROVIDERS}")
        yield Aggregate(Dimension.TAG, period, f"team=team-{number % _TEAMS}")
        yield Aggregate(Dimension.COST_CENTRE, period, centre)
        if number < _DETAILED:
            yield Aggregate(Dimension.KEY_MODEL, period, model, within=own)
            yield Aggregate(Dimension.SCOPE_MODEL, period, model, within=root)
        if number % _MODELS == 0:
            yield Aggregate(Dimension.MODEL_KEY, period, own, within=model)
        if number % _OWNERS == 0:
            yield Aggregate(Dimension.OWNER_KEY, period, own, within=owner)
            yield Aggregate(Dimension.OWNER_MODEL, period, model, within=owner)


def _owner(number: int) -> str:
    return f"owner-{number % _OWNERS}@example.com"


def _items(counted: dict[Aggregate, _Counts]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for aggregate, counts in counted.items():
        address = cost_items.address(aggregate)
        stored = found.setdefault(address, cost_items.key(*address))
        additions = cost_items.additions(aggregate, counts.tally())
        stored |= {name: {"N": number} for name, number in additions}
    return list(found.values())
