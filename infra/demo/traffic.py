"""What the demo company's keys ask for in two months: the same each time, and as uneven as real days are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from infra.demo.plan import company_plan
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import NO_USAGE, TokenClass, Usage, UsageFlag, UsageSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.demo.plan.company_plan import PlannedKey

DAYS = 60
# Shares of a working day by the hour, UTC: people begin at seven, batches run at night.
_PEOPLE = (0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 10, 7, 8, 10, 11, 9, 6, 4, 2, 1, 1, 0, 0, 0)
_BATCHES = (9, 9, 9, 8, 6, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 4, 6, 8, 9)
_WEEKEND = 0.18
# In 60 days the use of models grows by so much.
_GROWTH = 0.5
# A request of the plan stands for an agent that goes on with what it has read so far.
_WORKLOAD = 5
# A day on which something was tried, so many days before now, and how much more was asked for.
_BURSTS = {("Marketing", 20): 3.0, ("Customer care", 8): 2.2, ("Platform team", 33): 2.5}
_EMBEDDING = "embed"
_DOWNGRADED_SINCE = 6
_INSTEAD = {"claude-opus-4-5": "claude-sonnet-4-5", "claude-sonnet-4-5": "claude-haiku-4-5"}


@dataclass(frozen=True)
class Failure:
    """An attempt at the first target before another one served the request."""

    fault: str
    status: int | None
    duration: timedelta


@dataclass(frozen=True)
class Asked:
    """A request as it went. `place` is which of the model's targets served it."""

    key: str
    at: datetime
    model: str
    usage: Usage
    duration: timedelta
    outcome: Outcome = Outcome.SUCCEEDED
    status: int | None = 200
    streamed: bool = False
    place: int = 0
    failures: tuple[Failure, ...] = ()
    downgraded_from: str | None = None
    random: str = ""
    """What tells its id from others of its millisecond."""
    tool_calls: dict[str, int] = field(default_factory=dict)


def all_requests(now: datetime, seed: int) -> list[Asked]:
    """Those of all keys, oldest first, none later than half an hour before `now`."""
    found = [asked for key in company_plan.KEYS for asked in _of_key(key, now, seed)]
    return sorted(found, key=lambda asked: (asked.at, asked.key))


def _of_key(key: PlannedKey, now: datetime, seed: int) -> Iterator[Asked]:
    if not key.requests:
        return
    random = Random(f"{seed} {key.name}")  # noqa: S311  # the same each time is the point
    today = now.astimezone(UTC).date()
    hours = _BATCHES if "nightly" in key.name or "backfill" in key.name else _PEOPLE
    for ago in range(min(DAYS, key.born), key.ended - 1, -1):
        day = today - timedelta(days=ago)
        for _ in range(_poisson(random, key.requests * _weight(key, day.weekday(), ago))):
            hour = random.choices(range(24), hours)[0]
            within = timedelta(hours=hour, milliseconds=random.randrange(3_600_000))
            at = datetime.combine(day, time(), UTC) + within
            asked = _asked(random, key, at, ago)
            if at + asked.duration < now - timedelta(minutes=30):
                yield asked


def _weight(key: PlannedKey, weekday: int, ago: int) -> float:
    burst = math.prod(
        more for (name, day), more in _BURSTS.items() if day == ago and name in company_plan.lineage(key.name)
    )
    workday = _WEEKEND if weekday >= 5 and key.settings.get("priority") != "critical" else 1.0
    return workday * burst * (1 + _GROWTH * (DAYS - ago) / DAYS)


def _asked(random: Random, key: PlannedKey, at: datetime, ago: int) -> Asked:
    model, downgraded_from = random.choices(list(key.models), list(key.models.values()))[0], None
    if ago <= _DOWNGRADED_SINCE and key.below == "Platform team" and model in _INSTEAD:
        model, downgraded_from = _INSTEAD[model], model
    usage = _usage(random, key, model)
    streamed = not model.startswith(_EMBEDDING) and random.random() < 0.45
    base = Asked(
        key=key.name,
        at=at,
        model=model,
        usage=usage,
        duration=_duration(random, usage),
        streamed=streamed,
        downgraded_from=downgraded_from,
        random=f"{random.getrandbits(80):x}",
    )
    return _as_it_went(random, base)


def _as_it_went(random: Random, base: Asked) -> Asked:
    """Most succeed; some providers fail, some streams break off, and a process may die."""
    drawn = random.random()
    changes: dict[str, object] = {}
    if drawn < 0.018:
        changes = {
            "outcome": Outcome.FAILED,
            "usage": NO_USAGE,
            "status": random.choice((400, 400, 429, 500)),
            "duration": timedelta(milliseconds=random.randrange(90, 900)),
        }
    elif drawn < 0.026 and base.streamed:
        cut = {name: count // 3 if name.is_output else count for name, count in base.usage.tokens.items()}
        usage = Usage(cut, UsageSource.ESTIMATED, flags=frozenset({UsageFlag.COMPLETION_ESTIMATED}))
        changes = {"outcome": Outcome.FAILED, "usage": usage, "status": 200}
    elif drawn < 0.029:
        changes = {
            "outcome": Outcome.FAILED,
            "usage": NO_USAGE,
            "status": None,
            "duration": timedelta(seconds=120),
        }
    elif drawn < 0.032:
        usage = Usage(base.usage.tokens, UsageSource.ESTIMATED)
        changes = {
            "outcome": Outcome.ABANDONED,
            "usage": usage,
            "status": None,
            "duration": timedelta(minutes=16),
        }
    elif drawn < 0.075 and base.model in {"gpt-4.1", "gpt-4.1-mini"}:
        failure = random.choice(
            (
                Failure("status", 503, timedelta(milliseconds=random.randrange(200, 1500))),
                Failure("status", 429, timedelta(milliseconds=random.randrange(60, 300))),
                Failure("unreachable", None, timedelta(seconds=5)),
                Failure("broken_off", 200, timedelta(milliseconds=random.randrange(900, 4000))),
            )
        )
        changes = {"failures": (failure,), "place": 1, "duration": base.duration + failure.duration}
    return Asked(**{**base.__dict__, **changes})


def _usage(random: Random, key: PlannedKey, model: str) -> Usage:
    prompt = max(int(random.lognormvariate(math.log(key.tokens * _WORKLOAD), 0.55)), 40)
    if model.startswith(_EMBEDDING):
        return Usage({TokenClass.INPUT: prompt}, UsageSource.PROVIDER)
    output = max(int(random.lognormvariate(math.log(1400), 0.7)), 8)
    tokens: dict[TokenClass, int] = {}
    if random.random() < key.cached:
        tokens[TokenClass.CACHED_INPUT] = int(prompt * random.uniform(0.4, 0.92)) // 128 * 128
        if model.startswith("claude"):
            tokens[TokenClass.CACHE_WRITE] = int(prompt * random.uniform(0.02, 0.06))
    tokens[TokenClass.INPUT] = max(prompt - sum(tokens.values()), 3)
    tokens[TokenClass.OUTPUT] = output
    if model.startswith("o4"):
        tokens[TokenClass.REASONING] = int(output * random.uniform(0.5, 3))
    searches = (
        {"web_search": random.randint(1, 4)} if model == "claude-opus-4-5" and random.random() < 0.2 else {}
    )
    kept = {name: count for name, count in tokens.items() if count}
    flags = frozenset({UsageFlag.PROMPT_IMPLAUSIBLE}) if random.random() < 0.004 else frozenset()
    return Usage(kept, UsageSource.PROVIDER, tool_calls=searches, flags=flags)


def _duration(random: Random, usage: Usage) -> timedelta:
    seconds = 0.12 + usage.completion_tokens / random.uniform(45, 130) + random.lognormvariate(-1.6, 0.7)
    return timedelta(milliseconds=int(seconds * 1000))


def _poisson(random: Random, mean: float) -> int:
    threshold, count, product = math.exp(-mean), 0, random.random()
    while product > threshold:
        count += 1
        product *= random.random()
    return count
