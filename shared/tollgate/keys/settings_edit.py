"""Edits of a key's settings: what they make of its counters, whatever is spent meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.key_settings import RATES
from tollgate.ledger.policies import advances
from tollgate.ledger.windows import NEVER

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.scopes import Scope

_MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit does to a scope as it was `seen`. Amounts are USD.

    `raised` is added to what is available of the budget, `quota_raised` to the quota's allowance and what is
    available of it, and `overage_raised` to what is available of it alone, unless `quota` takes its place:
    the quota begins anew.
    """

    seen: Scope
    after: Scope
    raised: Decimal
    quota_raised: Decimal
    overage_raised: Decimal
    quota: Quota | None
    clears_rates: bool

    @property
    def begins_metering(self) -> bool:
        """Whether what is beyond the quota is metered from now on, in the midst of a window."""
        return self.quota is None and self.after.is_metered and not self.seen.is_metered

    @property
    def parts_so_far(self) -> tuple[Decimal, Decimal]:
        """What counts as included when metering begins, all that was used before, and what was metered before
        in this window and stays so.
        """
        included, metered = parts_used(self.seen)
        with money.exact():
            open_included, open_metered = (
                self.seen.quota.included - included,
                self.seen.quota.metered - metered,
            )
            return self.seen.quota.used - metered + open_included, metered + open_metered


def edit(seen: Scope, after: Scope) -> Edit:
    """The edit that gives a scope the settings of `after`; counters and holds stay those of `seen`."""
    begins = _settings(seen.quota) != _settings(after.quota)
    changes_at = _next_change(seen, after)
    return Edit(
        seen=seen,
        after=replace(after, changes_at=changes_at),
        raised=_difference(after.budget_limit, seen.budget_limit),
        quota_raised=money.ZERO if begins else _difference(after.quota.limit, seen.quota.limit),
        overage_raised=money.ZERO if begins else _difference(_overage(after), _overage(seen)),
        quota=_begun(seen, after) if begins else None,
        clears_rates=any(rate.of(seen) != rate.of(after) for rate in RATES),
    )


def parts_used(scope: Scope) -> tuple[Decimal, Decimal]:
    """What was included and what was metered of what the present window's quota has used.

    Of a call whose end is under way both are noted before it is charged.
    """
    quota = scope.quota
    under_way = [each.parts for each in scope.holds.values() if each.parts and quota.starts_at <= each.at]
    with money.exact():
        return (
            quota.included - money.total(parts.included or money.ZERO for parts in under_way),
            quota.metered - money.total(parts.metered or money.ZERO for parts in under_way),
        )


def _next_change(seen: Scope, after: Scope) -> datetime | None:
    """When the scope next changes by time. What was to happen to its packs still is."""
    changed = replace(seen, raises=after.raises)
    return advances.next_change(changed, NEVER if seen.changes_at is None else seen.changes_at - _MOMENT)


def _settings(quota: Quota) -> tuple[object, ...]:
    """What a quota can't change in the middle of a window."""
    return quota.limit is None, quota.terms


def _begun(seen: Scope, after: Scope) -> Quota:
    """The quota from now on. Open holds belong to the window before, so it begins later than each of them."""
    moments = [after.updated_at, seen.quota.starts_at + _MOMENT]
    at = max([*moments, *(hold.at + _MOMENT for hold in seen.holds.values())])
    begun = seen.quota.rescheduled(at, after.quota)
    beyond = money.total([seen.packs_left, _overage(after) or money.ZERO])
    return begun.with_available(beyond) if beyond else begun


def _overage(scope: Scope) -> Decimal | None:
    return scope.overage_limit if scope.is_metered else None


def _difference(limit: Decimal | None, before: Decimal | None) -> Decimal:
    return money.difference(limit or money.ZERO, before or money.ZERO)


@dataclass(frozen=True, slots=True)
class Reset:
    """What a reset takes off what a scope was `seen` to have used, USD; what is spent meanwhile stays."""

    seen: Scope
    budget: Decimal
    quota: Decimal

    @property
    def parts(self) -> tuple[Decimal, Decimal]:
        """What was included and what was metered of the quota's part of it."""
        return parts_used(self.seen) if self.quota else (money.ZERO, money.ZERO)

    @property
    def is_empty(self) -> bool:
        return not (self.budget or self.quota)


def reset(seen: Scope, at: datetime, *, budget: bool, quota: bool) -> Reset:
    """A quota whose window is over by `at` has nothing to take off: the next one begins with nothing used."""
    present = seen.quota.limit is not None and at < seen.quota.resets_at
    return Reset(
        seen=seen,
        budget=seen.budget_used if budget else money.ZERO,
        quota=seen.quota.used if quota and present else money.ZERO,
    )
