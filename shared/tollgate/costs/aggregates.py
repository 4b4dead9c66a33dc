"""Cost aggregates: what requests add up to, by day and month, in total and by what they have in common.

Days and months are those of the deployment's reporting zone.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from tollgate import money
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tollgate.pricing.usage import TokenClass

# The only value of the dimension `total`.
ALL = "all"
# Stands for the owner of a key that has none, and for the provider of a request that none is known of.
NOBODY = "-"

# Upper bounds in ms, each at most half as much again as the one before it. The last bucket is open: a
# function that runs for 15 minutes at most leaves it all but empty.
LATENCY_BOUNDS = (
    *(50, 75),
    *(step * decade for decade in (10, 100, 1000, 10_000) for step in (10, 15, 20, 30, 40, 60, 80)),
    1_000_000,
)


class Dimension(StrEnum):
    """What requests are told apart by, and what `value` and `within` of an aggregate then are.

    `total`: all, for the value `all`. `key`: a key's own requests, by its id. `scope`: those of a key and
    of all keys that were below it then. `model`, `provider` and `owner`: by name, id and e-mail address.
    `tag`: by `name=value`, a request for each tag of its key. `cost_centre`: by the key's cost centre then,
    requests without one in no sum. `billed`: what is billed at a hybrid scope, by the scope's id. The others
    are within a value of another dimension: models within a key (its own requests) and within a scope, keys
    within a model, keys and models within an owner and within a cost centre. `pack`: packs within the scope
    that they are of, and of the requests that a pack has paid for only how many there were, what it paid
    (`cost`), and how much of that counts as paid by packs in other sums.
    """

    TOTAL = "total"
    KEY = "key"
    SCOPE = "scope"
    MODEL = "model"
    PROVIDER = "provider"
    OWNER = "owner"
    TAG = "tag"
    KEY_MODEL = "key_model"
    SCOPE_MODEL = "scope_model"
    MODEL_KEY = "model_key"
    OWNER_KEY = "owner_key"
    OWNER_MODEL = "owner_model"
    COST_CENTRE = "cost_centre"
    CENTRE_KEY = "centre_key"
    CENTRE_MODEL = "centre_model"
    BILLED = "billed"
    PACK = "pack"


@dataclass(frozen=True, slots=True)
class Latency:
    """How long requests took from admission to completion.

    `buckets` counts them by upper bound in ms, one of `LATENCY_BOUNDS`. Abandoned requests have none, for
    nobody saw their end.
    """

    total_ms: int = 0
    buckets: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, milliseconds: int) -> Latency:
        """The latency of one request that took so many milliseconds."""
        index = min(bisect_left(LATENCY_BOUNDS, milliseconds), len(LATENCY_BOUNDS) - 1)
        return cls(milliseconds, {LATENCY_BOUNDS[index]: 1})

    def __add__(self, other: Latency) -> Latency:
        return Latency(self.total_ms + other.total_ms, _summed(self.buckets, other.buckets, 1))

    def __sub__(self, other: Latency) -> Latency:
        return Latency(self.total_ms - other.total_ms, _summed(self.buckets, other.buckets, -1))

    @property
    def requests(self) -> int:
        return sum(self.buckets.values())

    @property
    def mean_ms(self) -> int | None:
        """To the millisecond; None without requests."""
        return round(self.total_ms / self.requests) if self.requests else None

    def percentile_ms(self, percent: int) -> int | None:
        """What `percent` of the requests did not exceed: the upper bound of the bucket, at most 1.5 times it.

        None without requests.
        """
        rank = -(-self.requests * percent // 100)
        reached = 0
        for bound in sorted(self.buckets):
            reached += self.buckets[bound]
            if reached >= max(rank, 1):
                return bound
        return None


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum over requests. `cost` is USD; `failed` and `abandoned` count those of `requests` that ended so.

    `tokens` are the parts, by class, that `prompt_tokens` and `completion_tokens` add up. A tally that is
    read without detail has neither these nor `latency`. `parts` says how the cost comes about.
    """

    requests: int = 0
    failed: int = 0
    abandoned: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = money.ZERO
    tokens: Mapping[TokenClass, int] = field(default_factory=dict)
    latency: Latency = field(default_factory=Latency)
    parts: ChargeParts = NO_PARTS

    @property
    def provider_cost(self) -> Decimal:
        """The providers' price of it, USD."""
        return money.difference(self.cost, self.parts.margin)

    def __add__(self, other: Tally) -> Tally:
        with money.exact():
            return Tally(
                requests=self.requests + other.requests,
                failed=self.failed + other.failed,
                abandoned=self.abandoned + other.abandoned,
                prompt_tokens=self.prompt_tokens + other.prompt_tokens,
                completion_tokens=self.completion_tokens + other.completion_tokens,
                cost=self.cost + other.cost,
                tokens=_summed(self.tokens, other.tokens, 1),
                latency=self.latency + other.latency,
                parts=self.parts.plus(other.parts),
            )

    def __sub__(self, other: Tally) -> Tally:
        with money.exact():
            return Tally(
                requests=self.requests - other.requests,
                failed=self.failed - other.failed,
                abandoned=self.abandoned - other.abandoned,
                prompt_tokens=self.prompt_tokens - other.prompt_tokens,
                completion_tokens=self.completion_tokens - other.completion_tokens,
                cost=self.cost - other.cost,
                tokens=_summed(self.tokens, other.tokens, -1),
                latency=self.latency - other.latency,
                parts=self.parts.less(other.parts),
            )


_Name = TypeVar("_Name")


def _summed(counts: Mapping[_Name, int], others: Mapping[_Name, int], sign: int) -> Mapping[_Name, int]:
    """Without what comes to nothing, so that sums are equal by whatever way they were reached."""
    if not others:
        return counts
    summed = dict(counts)
    for name, count in others.items():
        summed[name] = summed.get(name, 0) + sign * count
        if not summed[name]:
            del summed[name]
    return summed


@dataclass(frozen=True, slots=True, order=True)
class Aggregate:
    """One sum that is kept: of a day (`2026-11-23`) or month (`2026-11`), for one value of a dimension.

    `within` is empty in dimensions that are not within a value of another.
    """

    dimension: Dimension
    period: str
    value: str
    within: str = ""


class LiveKind(StrEnum):
    """By what live sums are kept, and so what their `names` are.

    `key`: key, model, owner. `below`: an ancestor of the key, model. `owner`: owner, model, provider. `tag`:
    tag. A key mostly has one owner and a model one provider: to tell those apart makes hardly more sums. Only
    where a request has such a thing: `centre`: cost centre, key, model. `billed`: a hybrid scope. `pack`: a
    pack's scope, the pack.
    """

    KEY = "key"
    BELOW = "below"
    OWNER = "owner"
    TAG = "tag"
    CENTRE = "centre"
    BILLED = "billed"
    PACK = "pack"


@dataclass(frozen=True, slots=True)
class LiveSum:
    """One sum of a day that goes on, or has just ended."""

    kind: LiveKind
    day: str
    names: tuple[str, ...]
