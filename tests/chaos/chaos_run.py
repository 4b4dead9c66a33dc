"""A run: rounds of calls in all weathers, the time that passes between them, and what it all comes to."""

from __future__ import annotations

import json
import queue
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.chaos import end_state
from tests.chaos.chaos_calls import MARK, Caller
from tests.chaos.chaos_world import chaos_world
from tests.chaos.consumers import AlertsConsumer, RollupConsumer, SweepConsumer
from tests.chaos.environments import Environment
from tests.chaos.faulty_store import StoreFault
from tests.support.table_stream import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.chaos.chaos_calls import CallOutcome
    from tests.chaos.chaos_world import ChaosWorld
    from tests.chaos.faulty_store import FaultyStore

_ENVIRONMENTS = 5
# Of the consumers, a round.
_TURNS = 2
_PROVIDER_FAULTS: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 503, "retry_after": 0},
    {"status": 429},
    {"status": 401},
    {"cut_after_chunks": 0},
    {"cut_after_chunks": 3},
    {"error_after_chunks": 0},
    {"error_after_chunks": 2},
    {"malformed_json": True},
    {"status": 400, "error_code": "context_length_exceeded"},
    {"delay_headers_ms": 1200},
    {"no_usage": True},
]
_BROKEN = (StoreFault.RESET_BEFORE, StoreFault.RESET_AFTER, StoreFault.CUT, StoreFault.GARBLED)
# Share of a process's requests that fail, and how.
_WEATHERS: dict[str, tuple[float, Sequence[StoreFault]]] = {
    "fair": (0, ()),
    "throttled": (0.2, (StoreFault.EXCEEDED, StoreFault.THROTTLED)),
    "failing": (0.15, (StoreFault.FAILING, StoreFault.UNAVAILABLE)),
    "breaking": (0.15, _BROKEN),
    "silent": (0.05, (StoreFault.SILENT_BEFORE, StoreFault.SILENT_AFTER, StoreFault.LATE)),
    "mixed": (0.1, tuple(StoreFault)),
    "out": (0.95, (StoreFault.FAILING, StoreFault.UNAVAILABLE, StoreFault.EXCEEDED)),
}
_LIKELINESS = (3, 2, 2, 2, 2, 2, 1)
# Within which all that is due must be done, once nothing fails any more.
_QUIET_TURNS = 60
# Of what is wrong: one record that is missing in all sums says it often enough.
_TOLD = 40


class ChaosError(AssertionError):
    """What a run has broken."""


@dataclass
class Figures:
    """What a run has met, and what became of it."""

    seed: int
    rounds: int = 0
    seconds: float = 0
    outcomes: list[CallOutcome] = field(default_factory=list)
    weathers: Counter[str] = field(default_factory=Counter)
    store_faults: Counter[str] = field(default_factory=Counter)
    provider_faults: Counter[str] = field(default_factory=Counter)
    consumers: dict[str, Counter[str]] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)

    def described(self) -> dict[str, Any]:
        statuses = Counter("died" if each.died else str(each.status) for each in self.outcomes)
        return {
            "seed": self.seed,
            "rounds": self.rounds,
            "seconds": round(self.seconds, 1),
            "calls": len(self.outcomes),
            "answers": dict(sorted(statuses.items())),
            "left by their clients": sum(bool(each.status) and not each.is_whole for each in self.outcomes),
            "weathers": dict(sorted(self.weathers.items())),
            "store faults": dict(sorted(self.store_faults.items())),
            "provider faults": dict(sorted(self.provider_faults.items())),
            "records": dict(sorted(self.records.items())),
            "messages": dict(sorted(self.messages.items())),
            **{name: dict(sorted(counted.items())) for name, counted in sorted(self.consumers.items())},
        }


@dataclass
class _Run:
    world: ChaosWorld
    figures: Figures
    doors: Sequence[FaultyStore]
    rollup: RollupConsumer
    alerts: AlertsConsumer
    sweeper: SweepConsumer
    chance: random.Random
    worked_on: set[int] = field(default_factory=set)
    calls: int = 0

    def round(self, calls: int) -> None:
        self._draw_weather(calls)
        numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(self.calls, self.calls + calls):
            numbers.put(number)
        self.calls += calls
        with ThreadPoolExecutor(len(self.doors) + 1) as threads:
            working = [threads.submit(self._serve, place, numbers) for place in range(len(self.doors))]
            working.append(threads.submit(self._follow_up))
            for done in working:
                self.figures.outcomes += done.result()
        self._note_providers()
        self.world.wait_for_what_is_late()
        self._read_streams()
        self.world.clock.ahead += timedelta(minutes=self.chance.uniform(0, 9))
        self.figures.rounds += 1

    def _draw_weather(self, calls: int) -> None:
        world, chance = self.world, self.chance
        (kind,) = chance.choices(list(_WEATHERS), _LIKELINESS)
        # An outage is everybody's; where it is not as bad as that, each meets some of its own.
        for place, door in enumerate([*self.doors, self.rollup.door, self.alerts.door, self.sweeper.door]):
            own = kind if place < len(self.doors) else chance.choices(list(_WEATHERS), _LIKELINESS)[0]
            if kind == "out" and chance.random() < 0.5:
                own = "fair"
            door.share, door.faults = _WEATHERS[own]
            self.figures.weathers[own] += 1
        for line in world.lines:
            line.is_down = chance.random() < 0.2
            line.resets = chance.choice([0, 0, 0.3])
        troubled = chance.choice([0.1, 0.5, 0.8])
        for server in world.servers:
            drawn = [
                chance.choice(_PROVIDER_FAULTS)
                if chance.random() < troubled
                else {"completion_tokens": chance.randrange(16, 160)}
                for _ in range(calls * 2)
            ]
            server.fail(*drawn)
        self.alerts.bounce()

    def _serve(self, place: int, numbers: queue.SimpleQueue[int]) -> list[CallOutcome]:
        """One environment after the other, until all calls of the round are made."""
        world, door = self.world, self.doors[place]
        chance = random.Random(f"{world.seed}/environment/{place}/{self.figures.rounds}")
        found: list[CallOutcome] = []
        environment = Environment.begin(world, door, chance)
        try:
            while True:
                outcome = Caller(world, numbers.get_nowait()).call(environment)
                found.append(outcome)
                if outcome.died:
                    environment.end()
                    environment = Environment.begin(world, door, chance)
        except queue.Empty:
            return found
        finally:
            environment.end()

    def _follow_up(self) -> list[CallOutcome]:
        """Meanwhile, and as well as it can."""
        for _ in range(_TURNS):
            self._read_streams()
            self.rollup.deliver()
            self.alerts.deliver()
            self.alerts.process_due()
            self.sweeper.sweep()
        return []

    def _read_streams(self) -> int:
        return self.rollup.read() + self.alerts.read()

    def _note_providers(self) -> None:
        for server in self.world.servers:
            for each in server.received:
                if not each["path"].endswith(("count_tokens", "input_tokens")):
                    self.worked_on |= {int(group) for group in MARK.findall(json.dumps(each["body"]))}
            server.reset()

    def settle_down(self) -> None:
        """Nothing fails any more, and time passes: what was left is swept, taken and told."""
        self.world.be_fair()
        for each in (self.rollup, self.alerts, self.sweeper):
            each.be_spared()
        self.alerts.messenger.bouncing = set()
        for minutes in (3, 15, 15):
            self.world.clock.ahead += timedelta(minutes=minutes)
            report = self.sweeper.sweep()
            if report is None or report.failed:
                self.world.violations.append(f"a sweep fails though nothing else does: {report}")
        self._catch_up()
        for _ in range(_QUIET_TURNS):
            self.world.clock.ahead += timedelta(minutes=61)
            due = self.alerts.process_due()
            if due == 0:
                break

    def _catch_up(self) -> None:
        """Has the consumers take all that their streams have."""
        while self._read_streams():
            pass
        for each in (self.rollup, self.alerts):
            while each.waiting:
                before = len(each.waiting)
                each.deliver()
                if len(each.waiting) == before:
                    self.world.violations.append(f"a batch isn't taken: {each.waiting[0]}")
                    break

    def close_days(self) -> None:
        """Two days later, at first as if nothing were right yet."""
        self.world.clock.ahead += timedelta(days=3)
        self.rollup.be_exposed()
        for weather in ("breaking", "failing"):
            self.rollup.door.share, self.rollup.door.faults = _WEATHERS[weather]
            self.rollup.close_days()
        self.rollup.be_spared()
        self.world.wait_for_what_is_late()
        if self.rollup.close_days() is None:
            self.world.violations.append("days can't be closed though nothing fails")

    def faults(self) -> Iterator[str]:
        world = self.world
        records = end_state.stored_records(world)
        self.figures.records.update(each["outcome"] for each in records)
        yield from end_state.answer_faults(self.figures.outcomes)
        yield from end_state.ledger_faults(world, self.figures.outcomes, self.worked_on, records)
        yield from end_state.sum_faults(world, records)
        yield from end_state.alert_faults(world, self.alerts)
        yield from end_state.summary_faults(world)
        self.close_days()
        yield from (f"once days are closed, {each}" for each in end_state.sum_faults(world, records))
        yield from sorted(set(world.violations))

    def note(self) -> None:
        figures = self.figures
        for door in self.world.doors:
            figures.store_faults.update({str(fault): count for fault, count in door.met.items()})
        figures.provider_faults["connections reset, or refused"] = sum(
            line.broken for line in self.world.lines
        )
        for each in (self.rollup, self.alerts, self.sweeper):
            figures.consumers[type(each).__name__.removesuffix("Consumer").lower()] = each.counted
        for report in self.sweeper.reports:
            figures.consumers["sweep"].update(
                {"holds swept": report.swept, "requests abandoned": report.abandoned}
            )
        figures.messages["sent"] = len(self.alerts.messenger.sent)
        figures.messages["sent twice for want of a note"] = figures.messages["sent"] - len(
            {(each.alert_id, each.to) for each in self.alerts.messenger.sent}
        )


@contextmanager
def _run(dynamodb: Any, tables: Mapping[str, str], seed: int, calls: int) -> Iterator[_Run]:
    with ExitStack() as stack:
        # Before there are keys, which streams tell of, too.
        usage = TableStream(dynamodb, tables["UsageTable"], "UsageTable", "RollupFunctionUsage")
        keys = TableStream(dynamodb, tables["KeysTable"], "KeysTable", "AlertsFunctionKeys")
        world = stack.enter_context(chaos_world(dynamodb, tables, seed, calls))
        doors = [stack.enter_context(world.door(f"proxy-{place}")) for place in range(_ENVIRONMENTS)]
        others = [stack.enter_context(world.door(name)) for name in ("rollup", "alerts", "sweeper")]
        rollup = RollupConsumer(world, others[0], usage)
        alerts = AlertsConsumer(world, others[1], keys)
        sweeper = SweepConsumer(world, others[2])
        for each in (rollup, alerts, sweeper):
            stack.enter_context(closing(each))
        yield _Run(world, Figures(seed), doors, rollup, alerts, sweeper, random.Random(f"{seed}/weather"))


def run(
    dynamodb: Any, tables: Mapping[str, str], seed: int, *, calls: int, rounds: int, seconds: float = 0
) -> Figures:
    """So many `rounds` of so many `calls`, for at most so many `seconds` if that is said.

    Raises `ChaosError` of all that isn't as it has to be in the end. `tables` are empty ones, by logical id.
    """
    begun = time.monotonic()
    with _run(dynamodb, tables, seed, calls * rounds) as running:
        while running.figures.rounds < rounds:
            running.round(calls)
            if seconds and time.monotonic() - begun > seconds:
                break
        running.settle_down()
        found = list(running.faults())
        running.note()
        figures = running.figures
        figures.seconds = time.monotonic() - begun
    if found:
        listed = "\n  ".join(found[:_TOLD])
        met = json.dumps(figures.described())
        raise ChaosError(f"With the seed {seed}, {len(found)} things are wrong:\n  {listed}\nIt met {met}")
    return figures
