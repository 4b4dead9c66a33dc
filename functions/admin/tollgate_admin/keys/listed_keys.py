"""A key as lists show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tollgate_admin.keys.schemas import KeyView, key_fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.alerts.decisions import AlertPolicy
    from tollgate.ledger.scopes import Scope


class ListedKeyView(KeyView):
    """A key and its place in the tree: `pathNames` are the names of the keys of `path`.

    `childCount` is how many keys are right below it. While one is created or moved, it may be one too many.
    """

    path_names: list[str]
    child_count: int

    @classmethod
    def of(cls, chain: Sequence[Scope], child_count: int, policy: AlertPolicy, now: datetime) -> Self:
        """Of the first of a chain, which the others are above."""
        names = [each.name for each in reversed(chain)]
        return cls(path_names=names, child_count=child_count, **key_fields(chain, policy, now))
