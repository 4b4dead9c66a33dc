"""Recurring quotas: what a scope may spend in a window, and what goes over into the next."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.windows import NEVER, Schedule, Window

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.windows import Period

# More windows without a request change nothing: what is unused is carried over once, and a debt this
# many limits high is past counting.
_MAX_IDLE = 1000


@dataclass(frozen=True, slots=True)
class PastWindow:
    """The last window in which anything was spent, for holds of it may still change what it carries over.

    Amounts are USD: what could be spent, what was, and what requests still open may spend. `idle` counts the
    windows between it and the present one. `raised` is how much of what could be spent was temporary: it is
    no debt where it was spent, and nothing of it is carried over where it was not. `included` and `metered`
    are a quota's: what was metered is paid for, and so no debt.
    """

    starts_at: datetime
    allowance: Decimal
    used: Decimal
    held: Decimal
    idle: int = 0
    raised: Decimal = money.ZERO
    included: Decimal = money.ZERO
    metered: Decimal = money.ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSettings:
    """What is decided of a quota; `limit` is USD, None for no quota."""

    limit: Decimal | None = None
    schedule: Schedule | None = None
    carries_unused: bool = False
    carries_overspend: bool = False

    @property
    def period(self) -> Period | None:
        return self.schedule.period if self.schedule else None

    @property
    def zone(self) -> str | None:
        return self.schedule.zone if self.schedule else None

    @property
    def start_day(self) -> int | None:
        return self.schedule.start_day if self.schedule else None

    @property
    def terms(self) -> QuotaSettings:
        """All but the limit, which alone can change in the middle of a window."""
        return QuotaSettings(**_settings(self) | {"limit": None})


NO_QUOTA = QuotaSettings()


@dataclass(frozen=True, slots=True)
class Quota(QuotaSettings):
    """A scope's quota, and its spending in the present window. Amounts are USD.

    Without a limit spending is counted all the same, in a window that never ends if there is no `schedule`.
    `allowance` is the limit and what was carried over, 0 without a limit, and `available` is always
    `allowance - used - held`, where held counts holds opened in this window. `reset` is what resets have
    taken off `used` in it. `raised` is how much of the limit is temporary. `included` and `metered` are what
    ended requests of this window were assigned, where what is beyond the quota is metered.
    """

    starts_at: datetime
    resets_at: datetime = NEVER
    allowance: Decimal = money.ZERO
    used: Decimal = money.ZERO
    available: Decimal = money.ZERO
    reset: Decimal = money.ZERO
    included: Decimal = money.ZERO
    metered: Decimal = money.ZERO
    past: PastWindow | None = None
    raised: Decimal = money.ZERO

    @property
    def remaining(self) -> Decimal | None:
        """What may still be spent, holds aside; None without a limit."""
        if self.limit is None:
            return None
        return max(money.difference(self.allowance, self.used), money.ZERO)

    @property
    def remaining_included(self) -> Decimal:
        """What a hybrid scope's quota includes still."""
        return max(money.difference(self.allowance, self.included), money.ZERO)

    @property
    def carries(self) -> bool:
        return self.carries_unused or self.carries_overspend

    @property
    def may_gain(self) -> bool:
        """Whether requests of the past window that are still open may leave this one more."""
        return self.carries_unused and self.past is not None and self.past.held > 0

    def is_present(self, at: datetime) -> bool:
        return self.starts_at <= at < self.resets_at

    def rolled(self, at: datetime, held: Decimal, *, is_metered: bool = False) -> Quota:
        """The quota in the window that `at` is in, nothing used; `held` is USD still open in this one.

        `is_metered`: what is open still will be split by what this window has included.
        """
        if self.schedule is None or at < self.resets_at:
            return self
        window = self.schedule.window_at(at)
        # The stored end counts, should the zone's rules have changed since it was computed.
        window = replace(window, starts_at=max(window.starts_at, self.resets_at))
        if not (self.carries or is_metered or self.included or self.metered):
            return self._opened(window, None)
        past = PastWindow(
            self.starts_at,
            self.allowance,
            self.used,
            held,
            self._windows_until(window.starts_at),
            self.raised,
            self.included,
            self.metered,
        )
        return self._opened(window, past)

    def fallen_back(self) -> Quota:
        """With its lasting limit, once a temporary one has ended; what was spent stays spent."""
        with money.exact():
            limit = (self.limit or money.ZERO) - self.raised
            lasting = replace(self, limit=limit, raised=money.ZERO)
            allowance = limit + (lasting._carried(self.past) if self.past else money.ZERO)
            available = self.available + allowance - self.allowance
        return replace(lasting, allowance=allowance, available=available)

    def with_available(self, more: Decimal) -> Quota:
        """With so much more available, beside its allowance."""
        return replace(self, available=money.total([self.available, more]))

    def rescheduled(self, at: datetime, settings: QuotaSettings) -> Quota:
        """A new quota that begins at `at`, nothing used or carried over."""
        ends_at = settings.schedule.window_at(at).ends_at if settings.schedule else NEVER
        return Quota(at, **_settings(settings))._opened(Window(at, ends_at), None)

    def resettled(self, settings: QuotaSettings) -> Quota:
        """With other settings, where it counts from left open."""
        return replace(self, **_settings(settings))

    def settled_late(
        self,
        cost: Decimal,
        amount: Decimal,
        included: Decimal = money.ZERO,
        metered: Decimal = money.ZERO,
    ) -> Quota:
        """After a hold of the past window was assigned or closed: what is carried over may change.

        USD: what was charged, what is held no more, and what more was included and metered.
        """
        if self.past is None:
            return self
        with money.exact():
            past = replace(
                self.past,
                used=self.past.used + cost,
                held=self.past.held - amount,
                included=self.past.included + included,
                metered=self.past.metered + metered,
            )
            allowance = (self.limit or money.ZERO) + self._carried(past)
            return replace(
                self,
                past=past,
                allowance=allowance,
                available=self.available + allowance - self.allowance,
            )

    def _opened(self, window: Window, past: PastWindow | None) -> Quota:
        began = replace(self, starts_at=window.starts_at, resets_at=window.ends_at, past=past)
        with money.exact():
            allowance = (self.limit or money.ZERO) + (began._carried(past) if past else money.ZERO)
        return replace(
            began,
            allowance=allowance,
            used=money.ZERO,
            available=allowance,
            reset=money.ZERO,
            included=money.ZERO,
            metered=money.ZERO,
        )

    def _carried(self, past: PastWindow) -> Decimal:
        """What the window before this one leaves: what is unused, one limit at most, or what was overspent.

        A window in between in which nothing was spent carries on in the same way.
        """
        if self.limit is None or self.schedule is None:
            return money.ZERO
        with money.exact():
            limit = self.limit - self.raised
            # What is held counts as spent before it is given to the next window, but is no debt yet.
            unspent = past.allowance - past.used + past.metered
            lasting = max(unspent - past.held - past.raised, money.ZERO)
            carried = self._left(limit, unspent if unspent < 0 else lasting)
            for _ in range(past.idle):
                carried = self._left(limit, limit + carried)
            return carried

    def _windows_until(self, start: datetime) -> int:
        """How many windows lie between this one's end and `start`."""
        count, at = 0, self.resets_at
        while self.schedule is not None and at < start and count < _MAX_IDLE:
            count, at = count + 1, self.schedule.window_at(at).ends_at
        return count

    def _left(self, limit: Decimal, left: Decimal) -> Decimal:
        if left > 0:
            return min(left, limit) if self.carries_unused else money.ZERO
        return left if self.carries_overspend else money.ZERO


def _settings(settings: QuotaSettings) -> dict[str, Any]:
    return {each.name: getattr(settings, each.name) for each in fields(QuotaSettings)}
