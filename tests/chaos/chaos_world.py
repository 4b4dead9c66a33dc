"""What a chaotic crowd meets: tables, keys under one company, models of two vendors, a clock that jumps."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.mock_provider.server import running
from tests.chaos.faulty_store import FaultyStore
from tests.chaos.shaky_line import ShakyLine
from tests.support.builders import model, provider, scope
from tests.support.gateway_world import Server, World
from tollgate.catalog.catalog import ProviderType
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.keys import api_keys
from tollgate.ledger.scopes import Enforcement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tollgate.keys.api_keys import ApiKey

# Before any midnight, so that the sums of a short run are those of one day.
BEGINS = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
_SKEW_SECONDS = 8
# USD for each call of the run, which is less than they cost: in the end some are refused. The dearest fits.
_COMPANY_FOR_A_CALL, _COMPANY_AT_LEAST = Decimal("0.0002"), Decimal("0.008")


class ChaosClock:
    """The true time of a run: it passes as everybody's does, and jumps when `ahead` does."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        return BEGINS + (real - self._began) + self.ahead


@dataclass(frozen=True)
class SkewedClock:
    """Somebody's own clock, off by seconds."""

    true: ChaosClock
    off: timedelta

    @classmethod
    def drawn(cls, true: ChaosClock, chance: random.Random) -> SkewedClock:
        return cls(true, timedelta(seconds=chance.uniform(-_SKEW_SECONDS, _SKEW_SECONDS)))

    def __call__(self) -> datetime:
        return self.true() + self.off


def brief(seconds: float) -> None:
    """Pauses as long as between tries, only shorter."""
    time.sleep(min(seconds / 50, 0.02))


@dataclass
class ChaosWorld:
    """`base` is the gateway's world without faults; all that goes wrong comes by the doors and the lines."""

    base: World
    tables: Mapping[str, str]
    endpoint_url: str
    seed: int
    clock: ChaosClock
    servers: Sequence[Server]
    """The mock providers, to be reached for certain."""
    lines: Sequence[ShakyLine]
    company: ApiKey
    keys: list[ApiKey]
    above: dict[str, list[str]]
    """By key, who is above it, the nearest first."""
    limits: dict[str, Decimal]
    violations: list[str] = field(default_factory=list)
    doors: list[FaultyStore] = field(default_factory=list)

    @property
    def client(self) -> Any:
        """What meets no fault."""
        return self.base.dynamodb

    @contextmanager
    def door(self, name: str) -> Iterator[FaultyStore]:
        """A way to the store for one process after the other."""
        made = FaultyStore(self.endpoint_url, random.Random(f"{self.seed}/{name}"))
        with made.serving():
            self.doors.append(made)
            yield made

    def scope_ids(self) -> list[str]:
        return list(self.limits)

    def wait_for_what_is_late(self) -> None:
        for door in self.doors:
            door.drain()

    def be_fair(self) -> None:
        for door in self.doors:
            door.be_fair()
        for line in self.lines:
            line.be_fair()


@contextmanager
def chaos_world(dynamodb: Any, tables: Mapping[str, str], seed: int, calls: int) -> Iterator[ChaosWorld]:
    """A world for about so many calls. `dynamodb` meets no faults, and can do what boto3's client can."""
    with ExitStack() as stack:
        first, second = (Server(name, stack.enter_context(running())) for name in ("first", "second"))
        lines = [
            stack.enter_context(ShakyLine(each.url, random.Random(f"{seed}/line/{place}")).serving())
            for place, each in enumerate((first, first, second))
        ]
        base = World(dynamodb, tables, first.url)
        _add_models(base, lines)
        clock = ChaosClock()
        # As it was two days before: a closing begins where the last one has ended.
        ClosedDays(dynamodb, tables["CostsTable"]).done((BEGINS - timedelta(days=2)).date().isoformat())
        company, team, *keys = (api_keys.issue() for _ in range(6))
        above = {
            keys[0].key_id: [team.key_id, company.key_id],
            keys[1].key_id: [team.key_id, company.key_id],
            keys[2].key_id: [company.key_id],
            keys[3].key_id: [],
            team.key_id: [company.key_id],
            company.key_id: [],
        }
        of_company = max(_COMPANY_FOR_A_CALL * calls, _COMPANY_AT_LEAST)
        shares = [Decimal(each) for each in ("0.3", "0.4", "0.35", "0.05", "0.65", "1")]
        limits = {key_id: of_company * share for key_id, share in zip(above, shares, strict=True)}
        others: dict[str, dict[str, Any]] = {
            keys[1].key_id: {"model_price_factors": {"claude-dear": Decimal("1.5"), "cheap": Decimal("0.5")}},
            keys[2].key_id: {"minimum_fee": Decimal("0.00001"), "tags": {"team": "search"}},
            keys[3].key_id: {"enforcement": Enforcement.SOFT},
        }
        for key in (company, team, *keys):
            parents = above[key.key_id]
            settings: dict[str, Any] = {"enforcement": Enforcement.HARD, **others.get(key.key_id, {})}
            base.keys.add(
                scope(
                    key,
                    budget_limit=str(limits[key.key_id]),
                    parent_id=parents[0] if parents else None,
                    owner_email="owner@example.com",
                    **settings,
                )
            )
        yield ChaosWorld(
            base,
            tables,
            dynamodb.meta.endpoint_url,
            seed,
            clock,
            (first, second),
            lines,
            company,
            keys,
            above,
            limits,
        )


def _add_models(base: World, lines: Sequence[ShakyLine]) -> None:
    """Some with another provider, all with other models for when theirs fail."""
    first, spare, second = lines
    servers = Server("first", first.url), Server("spare", spare.url)
    dear: dict[str, Any] = {"input_price": "3", "output_price": "15", "context_limit": 9000}
    base.serve(
        "gpt",
        *servers,
        context_limit=8000,
        input_price="1.5",
        output_price="6",
        fallbacks=("claude-dear", "cheap"),
    )
    base.serve("cheap", servers[0], context_limit=8000, fallbacks=("gpt", "claude-dear"))
    base.serve("alone", servers[1], context_limit=8000)
    made = replace(provider(f"{second.url}/v1", id="prv_second", name="second"), type=ProviderType.ANTHROPIC)
    base.catalog.add_provider(made)
    base.catalog.add_model(model("claude-dear", provider_id=made.id, fallbacks=("gpt", "cheap"), **dear))
    base.catalog.add_model(model("claude", provider_id=made.id, context_limit=100_000))
