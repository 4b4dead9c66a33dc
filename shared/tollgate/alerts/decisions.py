"""When to tell of a budget: once for each way up through a threshold, and never too often."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts import forecasts
from tollgate.alerts.alerts import AlertContent, AlertKind
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing import phases
from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS, Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance, Scope
    from tollgate.ledger.thresholds import Threshold

_ALL = 100
_DAY = timedelta(days=1)
# A forecast goes by what a day has cost, and tells no more often: a rate wavers.
_BETWEEN_FORECASTS = timedelta(days=1)


class WatchedBudget(StrEnum):
    """Which of a scope's budgets: the one-time one, or its quota, whatever its period."""

    TOTAL = "total"
    QUOTA = "quota"

    def balance_in(self, scope: Scope) -> Balance | None:
        """How it stands; None if there is none, or if nothing was ever to be spent."""
        for balance in scope.balances():
            if (balance.window == WatchedBudget.TOTAL) is (self is WatchedBudget.TOTAL):
                return balance if balance.limit > 0 else None
        return None


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """What holds for keys that have no setting of their own.

    `debounce` is the shortest time between two alerts of one threshold. `remind_after` sends a threshold's
    alert once more while usage stays there, None never. `forecast_days` is how long ahead a budget that
    never resets is looked at, 0 to forecast nothing.
    """

    thresholds: tuple[Threshold, ...] = DEFAULT_THRESHOLDS
    debounce: timedelta = timedelta(hours=1)
    remind_after: timedelta | None = None
    forecast_days: int = 7
    tells_recovery: bool = True
    admin_emails: tuple[str, ...] = ()
    console_url: str | None = None

    def thresholds_of(self, scope: Scope) -> tuple[Threshold, ...]:
        return self.thresholds if scope.thresholds is None else scope.thresholds

    def debounce_of(self, scope: Scope) -> timedelta:
        own = scope.alert_debounce_seconds
        return self.debounce if own is None else timedelta(seconds=own)


@dataclass(frozen=True, slots=True)
class AlertState:
    """What has been told of one of a scope's budgets.

    `window` is the one that `passed` and `forecast_at` belong to: thresholds that were told of and that usage
    has not fallen below since. `reset` is what resets had taken off the budget by then, USD: after another
    one usage has been at nothing, even if nobody looked. `notified` is when each percent was last told of,
    in any window. At `look_again_at` there may be something to tell although nothing has changed.
    """

    window: str = ""
    reset: Decimal = money.ZERO
    passed: frozenset[int] = frozenset()
    notified: Mapping[int, datetime] = field(default_factory=dict)
    forecast_at: datetime | None = None
    look_again_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from how a budget stands: the state to store, and maybe something to tell."""

    state: AlertState
    content: AlertContent | None = None


@dataclass(frozen=True, slots=True)
class BudgetSnapshot:
    """How one of a scope's budgets stands at a moment.

    `rate` is what is spent a day at present, USD, None if it isn't known.
    """

    scope: Scope
    balance: Balance
    policy: AlertPolicy
    now: datetime
    rate: Decimal | None = None

    def decide(self, state: AlertState) -> Decision:
        """What to tell, after what `state` says was told before.

        A jump is one alert, that of the highest threshold. Nothing is told of a threshold twice before
        `debounce` is over, whatever becomes of the budget in between; what is held back is looked at again
        then.
        """
        present = self._present(state)
        reached = [each for each in self._thresholds if self._is_reached(each.percent)]
        fresh = [each for each in reached if each.percent not in present.passed]
        top = max(reached, key=lambda each: each.percent, default=None)
        if top is None or not fresh:
            return self._without_news(state, present, top)
        if top.percent in present.passed:
            # A threshold was put in below one that has been told of.
            return self._decision(_passing(present, fresh), top)
        debounce = self.policy.debounce_of(self.scope)
        allowed_at = present.notified.get(top.percent, self.now - debounce) + debounce
        if self.now < allowed_at:
            return Decision(replace(present, look_again_at=allowed_at))
        also = tuple(each.percent for each in fresh if each is not top)
        marked = _notified(_passing(present, fresh), fresh, self.now)
        return self._decision(marked, top, self._content(AlertKind.THRESHOLD, top, also=also))

    @property
    def window(self) -> str:
        """The name of the window that the budget is in: of one that never resets, always the same."""
        if self.balance.resets_at is None:
            return self.balance.window
        return f"{self.balance.window}@{rfc3339(self.scope.quota.starts_at)}"

    @property
    def _reset(self) -> Decimal:
        return self.scope.budget_reset if self.balance.resets_at is None else self.scope.quota.reset

    @property
    def _thresholds(self) -> tuple[Threshold, ...]:
        return self.policy.thresholds_of(self.scope)

    def _is_reached(self, percent: int) -> bool:
        return self.balance.is_reached(percent)

    def _present(self, state: AlertState) -> AlertState:
        """The state as it holds now: without what usage has fallen below, or was told in another window."""
        if state.window != self.window:
            return replace(state, window=self.window, reset=self._reset, passed=frozenset(), forecast_at=None)
        if state.reset != self._reset:
            return replace(state, reset=self._reset, passed=frozenset())
        known = {threshold.percent for threshold in self._thresholds}
        kept = frozenset(each for each in state.passed if each in known and self._is_reached(each))
        return replace(state, passed=kept)

    def _without_news(self, before: AlertState, present: AlertState, top: Threshold | None) -> Decision:
        """No threshold is new: maybe a block was lifted, the limit is in sight, or one is to be recalled."""
        blocked = self._is_reached(_ALL)
        limits = [each for each in self._thresholds if each.percent >= _ALL]
        was_blocked = before.window == present.window and any(each >= _ALL for each in before.passed)
        if was_blocked and limits and not blocked and self.policy.tells_recovery:
            recovery = self._content(AlertKind.RECOVERY, limits[0], level=Level.WARNING)
            return self._decision(present, top, recovery)
        exhausted_at = None if blocked else self._exhausted_at()
        forecast_at = present.forecast_at
        if forecast_at is not None and self.now < forecast_at + _BETWEEN_FORECASTS:
            return self._reminded(present, top)
        if exhausted_at is None:
            return self._reminded(replace(present, forecast_at=None), top)
        if forecast_at is not None:
            return self._reminded(present, top)
        forecast = self._content(AlertKind.FORECAST, None, exhausted_at=exhausted_at)
        return self._decision(replace(present, forecast_at=self.now), top, forecast)

    def _reminded(self, present: AlertState, top: Threshold | None) -> Decision:
        at = self._reminding_at(present, top)
        if top is None or at is None or self.now < at:
            return Decision(replace(present, look_again_at=at))
        marked = _notified(present, [top], self.now)
        return self._decision(marked, top, self._content(AlertKind.REMINDER, top))

    def _decision(
        self, state: AlertState, top: Threshold | None, content: AlertContent | None = None
    ) -> Decision:
        return Decision(replace(state, look_again_at=self._reminding_at(state, top)), content)

    def _reminding_at(self, state: AlertState, top: Threshold | None) -> datetime | None:
        if self.policy.remind_after is None or top is None or top.percent not in state.notified:
            return None
        return state.notified[top.percent] + self.policy.remind_after

    def _exhausted_at(self) -> datetime | None:
        """When the budget will be used up at this rate, if that is before its window's end, or soon.

        A key's first day says nothing of the days to come.
        """
        balance, policy = self.balance, self.policy
        if self.now - self.scope.created_at < _DAY:
            return None
        if not self.rate or balance.allowance <= 0 or not policy.forecast_days:
            return None
        until = balance.resets_at or self.now + timedelta(days=policy.forecast_days)
        return forecasts.exhausted_at(balance, self.rate, self.now, until)

    def _content(
        self,
        kind: AlertKind,
        threshold: Threshold | None,
        *,
        also: tuple[int, ...] = (),
        exhausted_at: datetime | None = None,
        level: Level | None = None,
    ) -> AlertContent:
        return AlertContent(
            kind=kind,
            level=level or (threshold.level if threshold else Level.WARNING),
            window=self.balance.window,
            percent=threshold.percent if threshold else None,
            also=also,
            limit=self.balance.allowance,
            used=self.balance.used,
            resets_at=self.balance.resets_at,
            exhausted_at=exhausted_at,
            recipients=threshold.notify if threshold else (Recipient.OWNER,),
            beyond=phases.beyond(self.balance),
        )


def unwatched(state: AlertState) -> AlertState:
    """The state of a budget that is no more: should there be one again, it begins anew."""
    return replace(state, passed=frozenset(), forecast_at=None, look_again_at=None)


def _passing(state: AlertState, fresh: Iterable[Threshold]) -> AlertState:
    return replace(state, passed=state.passed | {each.percent for each in fresh})


def _notified(state: AlertState, thresholds: Iterable[Threshold], now: datetime) -> AlertState:
    return replace(state, notified={**state.notified, **{each.percent: now for each in thresholds}})
