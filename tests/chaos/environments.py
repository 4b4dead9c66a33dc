"""The proxy's execution environments: each serves a call at a time; one that dies is followed by another."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire import dynamodb as wire
from infra.local.environment import CREDENTIAL, REGION
from tests.chaos.chaos_world import SkewedClock, brief
from tests.chaos.fated_client import FatedClient, WatchedClient
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.gateway_state.store.conversations_table import ConversationsTable
from tollgate.gateway_state.store.replies_table import RepliesTable
from tollgate.gateway_state.store.responses_table import ResponsesTable
from tollgate.ledger.store.ledger import Ledger
from tollgate_proxy.catalog_cache import CachedCatalog
from tollgate_proxy.upstream.provider_calls import Timeouts, Upstream

if TYPE_CHECKING:
    import random

    from tests.chaos.chaos_world import ChaosWorld
    from tests.chaos.faulty_store import FaultyStore
    from tollgate_proxy.gateway import Gateway

RETENTION = timedelta(days=400)
# A store that is silent for so long is given up: shorter than as deployed, to get to see more of it.
STORE_SECONDS = 0.3
_CATALOG_SECONDS = 60
_TIMEOUTS = Timeouts(connect=1, first_byte=0.6, between_chunks=0.6)


@dataclass
class Environment:
    """A process of the proxy: its own connections, memory and clock."""

    client: FatedClient
    clock: SkewedClock
    gateway: Gateway
    _wire: Any

    @classmethod
    def begin(cls, world: ChaosWorld, door: FaultyStore, chance: random.Random) -> Environment:
        clock = SkewedClock.drawn(world.clock, chance)
        made: Any = wire.connect(
            {
                "AWS_ACCESS_KEY_ID": CREDENTIAL,
                "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL_DYNAMODB": door.url,
            },
            read_timeout=STORE_SECONDS,
            clock=lambda: time.time() + clock.off.total_seconds(),
            sleep=brief,
        )
        fated = FatedClient(made)
        tables: Any = WatchedClient(fated, world.violations)
        named = world.tables
        ledger = Ledger(tables, named["KeysTable"], named["UsageTable"], RETENTION)
        dispatcher = replace(world.base.dispatcher(Upstream(_TIMEOUTS), pause=brief), clock=clock)
        gateway = world.base.gateway(
            ledger=ledger,
            catalog=CachedCatalog(CatalogTable(tables, named["CatalogTable"]), _CATALOG_SECONDS),
            responses=ResponsesTable(tables, named["ResponsesTable"]),
            answers=RepliesTable(tables, named["AnswersTable"]),
            conversations=lambda: ConversationsTable(tables, named["AnswersTable"]),
            dispatcher=dispatcher,
            clock=clock,
            metrics=EmbeddedMetrics(None, lambda _line: None, clock),
            hold_wait=timedelta(seconds=0.3),
            pause=brief,
        )
        return cls(fated, clock, gateway, made)

    def end(self) -> None:
        """Its connections end with it."""
        self._wire.reset()
