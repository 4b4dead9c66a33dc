"""Usage records with everything named, as tests speak of them, also what is not stored where it is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.catalog import catalog

if TYPE_CHECKING:
    from tollgate.aws.dynamodb import Item

_LINE = ("item", "quantity", "unit_price", "cost")
_USAGE: Item = {"usage_source": "provider", "tool_calls": {}}


def in_full(stored: Item) -> Item:
    return {
        **_USAGE,
        "model_id": catalog.model_id(stored["model"]),
        "price_factor": money.ONE,
        "exceeds_hold": False,
        **stored,
        "breakdown": [_named(line) for line in stored["breakdown"]],
        "attempts": [{**_USAGE, "http_status": None, **each} for each in stored.get("attempts", ())],
    }


def _named(line: Any) -> Item:
    return dict(zip(_LINE, line, strict=True))
