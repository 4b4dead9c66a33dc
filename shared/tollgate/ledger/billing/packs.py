"""Resource packs: amounts that are bought for a scope or given to it, and pay before its quota and budget.

What is here is what admissions and settlements need to know of a pack. What else is known of it (its name,
its price) is kept elsewhere.

What admissions compare is a sum that the scope's item has: what is left of the packs that are in effect and
pay for all models. The moment at which that sum next changes by time alone is one of the scope's
`changes_at`: an admission that comes later stores the new sum together with its hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.windows import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope

# So many may be in effect, or still come into effect: each write of a scope's item is charged by its size.
MAX_PACKS = 16


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as its scope's item has it. Amounts are USD.

    `amount` is what it had at first, `left` what calls have not drawn yet. It pays for calls that are
    admitted from `effective_at` until just before `expires_at` (None: for good), also if they end later, and
    if it has `models`, for those alone: then `free` is what no open request has reserved.
    """

    amount: Decimal
    left: Decimal
    priority: int
    effective_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    is_promotional: bool = False
    models: frozenset[str] | None = None
    free: Decimal | None = None

    def is_in_effect(self, at: datetime) -> bool:
        return self.effective_at <= at < (self.expires_at or NEVER)

    def pays_for(self, model: str | None, at: datetime) -> bool:
        """Whether it pays for a call of `model` that was admitted at a moment."""
        return self.is_in_effect(at) and (self.models is None or model in self.models)

    def usable(self, reserved: Decimal) -> Decimal:
        """What a call may draw that has `reserved` so much of it."""
        return self.left if self.free is None else min(money.total([self.free, reserved]), self.left)

    def is_counted(self, changes_at: datetime | None) -> bool:
        """Whether its scope's sum has it in it: the sum is right until just before `changes_at`."""
        if self.models is not None:
            return False
        if changes_at is None:
            return self.expires_at is None
        return self.effective_at < changes_at <= (self.expires_at or NEVER)


def in_order(packs: Mapping[str, Pack]) -> Iterator[tuple[str, Pack]]:
    """In the order in which they pay."""

    def place(each: tuple[str, Pack]) -> tuple[object, ...]:
        pack_id, pack = each
        expires_at = pack.expires_at or NEVER
        return pack.priority, expires_at, not pack.is_promotional, pack.created_at, pack_id

    return iter(sorted(packs.items(), key=place))


def left_at(packs: Mapping[str, Pack], at: datetime) -> Decimal:
    """What is left of those that pay for all models at a moment."""
    return money.total(pack.left for pack in packs.values() if pack.models is None and pack.is_in_effect(at))


def counted(scope: Scope) -> Decimal:
    """What the scope's sum must be: what is left of the packs that it counts."""
    return money.total(pack.left for pack in scope.packs.values() if pack.is_counted(scope.changes_at))


def next_change(scope: Scope, after: datetime) -> datetime | None:
    """When that of a scope next changes by time alone; None for never."""
    moments = [
        moment
        for pack in scope.packs.values()
        if pack.models is None
        for moment in (pack.effective_at, pack.expires_at)
        if moment is not None and moment > after
    ]
    return min(moments, default=None)


def advanced(scope: Scope, at: datetime) -> Scope:
    """The scope with the sum of its packs as it is at a moment, the same scope if that is what it has."""
    left = left_at(scope.packs, at)
    return scope if left == scope.packs_left else _summed(scope, left)


def recounted(seen: Scope, after: Scope) -> dict[str, Pack]:
    """Packs that are in a scope's sum before a change of it or after it, and not both times, as they were."""
    return {
        pack_id: pack
        for pack_id, pack in seen.packs.items()
        if pack.is_counted(seen.changes_at) != after.packs.get(pack_id, pack).is_counted(after.changes_at)
    }


def _summed(scope: Scope, left: Decimal) -> Scope:
    with money.exact():
        more = left - scope.packs_left
        quota = replace(scope.quota, available=scope.quota.available + more)
        return replace(scope, packs_left=left, budget_available=scope.budget_available + more, quota=quota)
