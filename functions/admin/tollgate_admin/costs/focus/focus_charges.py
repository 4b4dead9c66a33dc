"""What a span was charged, cut so that each piece is a row of a FOCUS file, from the aggregates alone.

A piece is what a key used of a model in a day or month, with the cost centre that it was for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import Dimension, Tally
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tollgate.costs.cover import Cover
    from tollgate.costs.store.costs_table import CostsTable
    from tollgate_admin.web.date_ranges import DateRange


@dataclass(frozen=True, slots=True)
class Charge:
    """`model` is None where sums don't say which: of keys that had several cost centres in the span."""

    span: DateRange
    key_id: str
    model: str | None
    cost_centre: str | None
    tally: Tally


def batches(costs: CostsTable, span: DateRange) -> Iterator[list[Charge]]:
    """All that a span was charged, a model at a time.

    It takes the queries for its keys, models, cost centres and the keys of each model and cost centre.
    """
    cover = span.cover()
    keys = costs.by_value(Dimension.KEY, cover)
    centres = _by_key(costs, cover)
    mixed = {key_id for key_id in keys if _is_mixed(keys[key_id], centres.get(key_id, {}))}
    for model in sorted(costs.by_value(Dimension.MODEL, cover)):
        of_model = costs.by_value(Dimension.MODEL_KEY, cover, model)
        yield [
            Charge(span, key_id, model, next(iter(centres.get(key_id, ())), None), of_model[key_id])
            for key_id in sorted(of_model)
            if key_id not in mixed
        ]
    for key_id in sorted(mixed):
        yield list(_split(span, key_id, keys[key_id], centres[key_id]))


def _by_key(costs: CostsTable, cover: Cover) -> dict[str, dict[str, Tally]]:
    """What keys used for cost centres."""
    found: dict[str, dict[str, Tally]] = defaultdict(dict)
    for centre in sorted(costs.by_value(Dimension.COST_CENTRE, cover)):
        for key_id, tally in costs.by_value(Dimension.CENTRE_KEY, cover, centre).items():
            found[key_id][centre] = tally
    return found


def _is_mixed(whole: Tally, centres: Mapping[str, Tally]) -> bool:
    """Whether a key had several cost centres, or one for a part of the time."""
    counted = sum(each.requests for each in centres.values())
    return bool(centres) and (len(centres) > 1 or counted != whole.requests)


def _split(span: DateRange, key_id: str, whole: Tally, centres: Mapping[str, Tally]) -> Iterator[Charge]:
    for centre, tally in centres.items():
        yield Charge(span, key_id, None, centre, tally)
    rest = whole - sum(centres.values(), Tally())
    if rest.requests:
        yield Charge(span, key_id, None, None, rest)
