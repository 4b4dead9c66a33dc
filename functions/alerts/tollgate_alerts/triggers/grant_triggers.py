"""The keys table's stream: which limits that were granted for a time have ended, be it by an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.store.policies import raise_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def ended_in(wires: Iterable[Mapping[str, Any]]) -> set[str]:
    """What was approved of limits that one image has and the next one hasn't any more."""
    return {
        reference
        for wire in wires
        for reference in _granted(wire.get("OldImage")) - _granted(wire.get("NewImage"))
    }


def _granted(image: Mapping[str, Any] | None) -> set[str]:
    if image is None or "raises" not in image:
        return set()
    raises = raise_items.to_raises(attribute_values.plain({"raises": image["raises"]})["raises"])
    return {each.reference for each in raises.values() if each.by is RaisedBy.APPROVAL}
