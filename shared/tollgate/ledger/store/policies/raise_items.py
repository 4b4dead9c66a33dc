"""Raises of limits in a scope's item, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.aws.dynamodb import epoch, moment
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate.aws.dynamodb import Item


def raises_to_item(raises: Mapping[str, Raise]) -> Item:
    return {
        window: [noted.base, noted.limit, epoch(noted.until), noted.by.value, noted.reference]
        for window, noted in raises.items()
    }


def to_raises(stored: Mapping[str, Sequence[Any]]) -> dict[str, Raise]:
    return {
        window: Raise(window, base, limit, moment(until), RaisedBy(by), reference)
        for window, (base, limit, until, by, reference) in stored.items()
    }
