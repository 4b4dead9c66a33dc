"""Sums that differ, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate.costs.aggregates import Tally
    from tollgate_cli.operations.costs.cost_check import CostDifference


def of(differences: Iterable[CostDifference]) -> list[dict[str, Any]]:
    """`dimension`, `value` and `within` name a sum: `scope_model`, a model's name, the key that it is of."""
    return [
        {
            "period": each.aggregate.period,
            "dimension": each.aggregate.dimension.value,
            "value": each.aggregate.value,
            "within": each.aggregate.within,
            "expected": _figures(each.expected),
            "found": _figures(each.found),
        }
        for each in differences
    ]


def _figures(tally: Tally) -> dict[str, Any]:
    return {
        "requests": tally.requests,
        "tokens": tally.prompt_tokens + tally.completion_tokens,
        "cost": money.to_string(tally.cost),
    }
