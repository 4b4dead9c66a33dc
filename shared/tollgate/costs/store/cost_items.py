"""Aggregates as items of the costs table, and back.

A key's own requests and its tree's are one item, the latter under names that begin with `tree_`: each
request of a key counts in both, and one item is cheaper to write than two. `through` is the last day whose
live sums (`live_items`) were added to an item. Figures of zero are not stored.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.costs.aggregates import Dimension, Latency, Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.aws.dynamodb import Item
    from tollgate.costs.aggregates import Aggregate

# What is in one item: of a tree, and of its key itself.
OWN_OF = {Dimension.SCOPE: Dimension.KEY, Dimension.SCOPE_MODEL: Dimension.KEY_MODEL}
_FIGURES = ("requests", "failed", "abandoned", "prompt_tokens", "completion_tokens", "cost")
# Of sums that have any: an item without them is of requests that were charged the provider's price.
_PARTS = ("margin", "packs", "included", "metered", "overage", "fees")
_TOKENS = "tokens_"
_LATENCY = "latency_ms"
_BUCKET = "ms_"
_MAX_PARTITION, _MAX_VALUE = 2048, 1024


def partition(dimension: Dimension, period: str, within: str = "") -> str:
    stored_as = OWN_OF.get(dimension, dimension).value
    return f"{stored_as}@{within}#{period}" if within else f"{stored_as}#{period}"


def key(partition_name: str, value: str) -> Item:
    """An item's key, on the wire."""
    return {"dimension_period": {"S": partition_name}, "dimension_value": {"S": value}}


def address(aggregate: Aggregate) -> tuple[str, str]:
    """What tells apart the items that aggregates are in: partition and sort key."""
    return partition(aggregate.dimension, aggregate.period, aggregate.within), aggregate.value


def is_within(address: tuple[str, str]) -> bool:
    """Whether an item is of a value within another one."""
    return "@" in address[0]


def fits(aggregate: Aggregate) -> bool:
    """Whether DynamoDB takes such keys: of 2,048 bytes, and of 1,024."""
    partition_name, value = address(aggregate)
    return len(partition_name.encode()) <= _MAX_PARTITION and 0 < len(value.encode()) <= _MAX_VALUE


def address_of(stored: Mapping[str, Any]) -> tuple[str, str]:
    return stored["dimension_period"]["S"], stored["dimension_value"]["S"]


def additions(aggregate: Aggregate, tally: Tally) -> Iterator[tuple[str, str]]:
    """What an aggregate's item gets more of: attribute and number, on the wire."""
    return figures(tally, _prefix(aggregate.dimension))


def figures(tally: Tally, prefix: str = "") -> Iterator[tuple[str, str]]:
    """A tally's figures but those of zero, under names that begin with the prefix."""
    for name in _FIGURES:
        number = getattr(tally, name)
        if number:
            yield prefix + name, str(number)
    for name in _PARTS if tally.parts is not NO_PARTS else ():
        number = getattr(tally.parts, name)
        if number:
            yield prefix + name, str(number)
    for token_class, count in tally.tokens.items():
        yield f"{prefix}{_TOKENS}{token_class.value}", str(count)
    if tally.latency.total_ms:
        yield prefix + _LATENCY, str(tally.latency.total_ms)
    for bound, requests in tally.latency.buckets.items():
        yield f"{prefix}{_BUCKET}{bound}", str(requests)


def adding(figures: Mapping[str, str]) -> str:
    """The part of an update that adds figures, whose numbers are `added`."""
    return "ADD " + ", ".join(f"{name} :{number}" for number, name in enumerate(figures))


def added(figures: Mapping[str, str]) -> Item:
    return {f":{number}": {"N": figure} for number, figure in enumerate(figures.values())}


def projection(dimension: Dimension) -> str:
    """The attributes that `to_tally` reads without detail, and the key's."""
    prefix = _prefix(dimension)
    return ", ".join(
        ["dimension_period", "dimension_value", "through", *(prefix + name for name in _FIGURES + _PARTS)]
    )


def through(stored: Mapping[str, Any]) -> str:
    """The last day whose live sums are in an item, empty if none are."""
    day: str = stored["through"]["S"] if "through" in stored else ""
    return day


def to_tally(stored: Mapping[str, Any], dimension: Dimension, *, detail: bool) -> Tally:
    """An item's sum for the dimension, nothing if it has none.

    Read from the wire as it is, for a query may read thousands.
    """
    prefix = _prefix(dimension)

    def count(name: str) -> int:
        found = stored.get(prefix + name)
        return int(found["N"]) if found else 0

    cost = stored.get(f"{prefix}cost")
    return Tally(
        requests=count("requests"),
        failed=count("failed"),
        abandoned=count("abandoned"),
        prompt_tokens=count("prompt_tokens"),
        completion_tokens=count("completion_tokens"),
        cost=Decimal(cost["N"]) if cost else money.ZERO,
        tokens={TokenClass(name): number for name, number in _counts(stored, prefix + _TOKENS)}
        if detail
        else {},
        latency=Latency(
            count(_LATENCY), {int(bound): number for bound, number in _counts(stored, prefix + _BUCKET)}
        )
        if detail
        else Latency(),
        parts=_parts(stored, prefix),
    )


def _parts(stored: Mapping[str, Any], prefix: str) -> ChargeParts:
    found = {name: stored[prefix + name]["N"] for name in _PARTS if prefix + name in stored}
    return ChargeParts(**{name: Decimal(number) for name, number in found.items()}) if found else NO_PARTS


def _counts(stored: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, int]]:
    for name, number in stored.items():
        if name.startswith(prefix) and number["N"] != "0":
            yield name.removeprefix(prefix), int(number["N"])


def _prefix(dimension: Dimension) -> str:
    return "tree_" if dimension in OWN_OF else ""
