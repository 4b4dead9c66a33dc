"""Alerts: what is told of a budget when, to whom, and what has been told already."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.thresholds import DEFAULT_THRESHOLDS, Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.scopes import Balance, Enforcement, Scope
    from tollgate.thresholds import Threshold

_ALL = 100


class AlertKind(StrEnum):
    """`threshold`: usage has reached one. `reminder`: it is still there. `forecast`: at this rate it will
    reach the limit. `recovery`: a raise has lifted a block. `test`: somebody wants to see one.
    """

    THRESHOLD = "threshold"
    REMINDER = "reminder"
    FORECAST = "forecast"
    RECOVERY = "recovery"
    TEST = "test"


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


@dataclass(frozen=True, slots=True)
class Mark:
    """What has been told of one of a scope's budgets.

    `window` is the one that `passed` and `forecast_at` belong to: thresholds that were told of and that usage
    has not fallen below since. `notified` is when each percent was last told of, in any window.
    """

    window: str = ""
    passed: frozenset[int] = frozenset()
    notified: Mapping[int, datetime] = field(default_factory=dict)
    forecast_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """An alert's content. Amounts are USD; `also` are lower percents that a jump has passed with it.

    `recipients` are `owner`, `admin` and addresses, as the threshold names them.
    """

    kind: AlertKind
    level: Level
    window: str
    percent: int | None
    also: tuple[int, ...]
    limit: Decimal
    used: Decimal
    resets_at: datetime | None
    exhausted_at: datetime | None
    recipients: tuple[str, ...]


class DeliveryState(StrEnum):
    """`failed` is given up, after tries enough."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alert on its way to one recipient: by mail to an address, or to the admin topic without one.

    Until `claimed_until` somebody is sending it. `error` is why the last try failed.
    """

    address: str | None
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    claimed_until: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell of a key, and how far that has got. `key_name` and what was `told` are of then."""

    id: str
    key_id: str
    key_name: str
    owner_email: str | None
    enforcement: Enforcement
    told: Told
    created_at: datetime
    deliveries: Mapping[str, Delivery]


@dataclass(frozen=True, slots=True)
class Spending:
    """What a scope has spent of late, USD: in the last 24 hours, and there by model, the most first."""

    last_day: Decimal
    top_models: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as it is written to somebody. `stage` and `console_url` are the deployment's."""

    alert: Alert
    spending: Spending | None
    stage: str
    console_url: str | None = None

    @property
    def days_left(self) -> Decimal | None:
        """How long the rest lasts at the rate of the last 24 hours; None if nothing was spent in them."""
        if self.spending is None or self.spending.last_day <= 0:
            return None
        left = max(money.difference(self.alert.told.limit, self.alert.told.used), money.ZERO)
        return left / self.spending.last_day


def deliveries(told: Told, owner_email: str | None, admin_emails: Iterable[str]) -> dict[str, Delivery]:
    """By a name, who gets an alert: a mail an address, and once the topic if it is for admins.

    What an owner is to hear goes to the admins of a key that has no owner.
    """
    addresses: list[str] = [each for each in told.recipients if each not in set(Recipient)]
    to_admins = Recipient.ADMIN in told.recipients
    if Recipient.OWNER in told.recipients:
        if owner_email is None:
            to_admins = True
        else:
            addresses.append(owner_email)
    if to_admins:
        addresses.extend(admin_emails)
    found = {f"mail-{place}": Delivery(address) for place, address in enumerate(dict.fromkeys(addresses))}
    return {**found, "topic": Delivery(None)} if to_admins else found


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from how a budget stands: the mark to store, maybe an alert, maybe another look later."""

    mark: Mark
    told: Told | None = None
    look_again_at: datetime | None = None


def decide(
    scope: Scope, balance: Balance, mark: Mark, policy: AlertPolicy, now: datetime, rate: Decimal | None
) -> Decision:
    """What to tell of a budget: once for each way up through a threshold.

    `rate` is what is spent a day at present, USD, None if it isn't known. A jump is one alert, that of the
    highest threshold. Nothing is told of a threshold twice before `debounce` is over, whatever becomes of the
    budget in between; what is held back is looked at again then.
    """
    thresholds = policy.thresholds if scope.thresholds is None else scope.thresholds
    present = _present(balance, mark, thresholds, window_of(balance, scope.quota.starts_at))
    reached = [each for each in thresholds if is_reached(balance, each.percent)]
    fresh = [each for each in reached if each.percent not in present.passed]
    top = max(reached, key=lambda each: each.percent, default=None)
    if top is None or not fresh:
        return _without_news(balance, mark, present, top, thresholds, policy, now, rate)
    if top.percent in present.passed:
        # A threshold was put in below one that has been told of.
        return Decision(_passing(present, fresh), look_again_at=_reminding_at(present, top, policy))
    debounce = policy.debounce
    if scope.alert_debounce_seconds is not None:
        debounce = timedelta(seconds=scope.alert_debounce_seconds)
    allowed_at = present.notified[top.percent] + debounce if top.percent in present.notified else now
    if now < allowed_at:
        return Decision(present, look_again_at=allowed_at)
    also = tuple(each.percent for each in fresh if each is not top)
    marked = _notified(_passing(present, fresh), fresh, now)
    told = _told(AlertKind.THRESHOLD, balance, top, also=also)
    return Decision(marked, told, _reminding_at(marked, top, policy))


def is_reached(balance: Balance, percent: int) -> bool:
    """Whether `percent` of what may be spent is used; a window that begins overspent is at its limit."""
    if balance.allowance <= 0:
        return percent <= _ALL
    with money.exact():
        return balance.used * _ALL >= balance.allowance * percent


def is_watched(balance: Balance) -> bool:
    """Whether there is anything to tell of a budget: one of zero was never meant to be spent."""
    return balance.limit > 0


def window_of(balance: Balance, starts_at: datetime) -> str:
    """The name of the window that a budget is in: of one that never resets, always the same."""
    return "total" if balance.resets_at is None else f"{balance.window}@{starts_at.isoformat()}"


def sample(balance: Balance | None, threshold: Threshold) -> Told:
    """An alert that only shows what alerts look like."""
    return Told(
        kind=AlertKind.TEST,
        level=threshold.level,
        window=balance.window if balance else "total",
        percent=threshold.percent,
        also=(),
        limit=balance.allowance if balance else money.ZERO,
        used=balance.used if balance else money.ZERO,
        resets_at=balance.resets_at if balance else None,
        exhausted_at=None,
        recipients=threshold.notify,
    )


def _present(balance: Balance, mark: Mark, thresholds: Iterable[Threshold], window: str) -> Mark:
    """The mark as it holds now: without what usage has fallen below, or what was told in another window."""
    if mark.window != window:
        return replace(mark, window=window, passed=frozenset(), forecast_at=None)
    known = {threshold.percent for threshold in thresholds}
    kept = frozenset(each for each in mark.passed if each in known and is_reached(balance, each))
    return replace(mark, passed=kept)


def _without_news(
    balance: Balance,
    before: Mark,
    present: Mark,
    top: Threshold | None,
    thresholds: Iterable[Threshold],
    policy: AlertPolicy,
    now: datetime,
    rate: Decimal | None,
) -> Decision:
    """No threshold is new: maybe one is to be recalled, a block was lifted, or a limit comes in sight."""
    if top is not None and top.percent >= _ALL:
        return _reminded(balance, present, top, policy, now)
    was_blocked = before.window == present.window and any(each >= _ALL for each in before.passed)
    if was_blocked and policy.tells_recovery and not is_reached(balance, _ALL):
        limits = [each for each in thresholds if each.percent >= _ALL]
        if limits:
            return Decision(present, _told(AlertKind.RECOVERY, balance, limits[0], level=Level.WARNING))
    exhausted_at = _exhausted_at(balance, policy, now, rate)
    if exhausted_at is None:
        return _reminded(balance, replace(present, forecast_at=None), top, policy, now)
    if present.forecast_at is not None:
        return _reminded(balance, present, top, policy, now)
    forecast = _told(AlertKind.FORECAST, balance, None, exhausted_at=exhausted_at, level=Level.WARNING)
    marked = replace(present, forecast_at=now)
    return Decision(marked, forecast, None if top is None else _reminding_at(marked, top, policy))


def _reminded(
    balance: Balance, present: Mark, top: Threshold | None, policy: AlertPolicy, now: datetime
) -> Decision:
    at = None if top is None else _reminding_at(present, top, policy)
    if top is None or at is None:
        return Decision(present)
    if now < at:
        return Decision(present, look_again_at=at)
    marked = _notified(present, [top], now)
    return Decision(marked, _told(AlertKind.REMINDER, balance, top), _reminding_at(marked, top, policy))


def _reminding_at(mark: Mark, top: Threshold, policy: AlertPolicy) -> datetime | None:
    if policy.remind_after is None or top.percent not in mark.notified:
        return None
    return mark.notified[top.percent] + policy.remind_after


def _exhausted_at(
    balance: Balance, policy: AlertPolicy, now: datetime, rate: Decimal | None
) -> datetime | None:
    """When the budget will be used up at this rate, if that is before its window's end, or soon."""
    if not rate or rate <= 0 or balance.allowance <= 0 or not policy.forecast_days:
        return None
    left = money.difference(balance.allowance, balance.used)
    days = float(left / rate)  # of time, not of money
    horizon = now + timedelta(days=policy.forecast_days) if balance.resets_at is None else balance.resets_at
    if days > (horizon - now) / timedelta(days=1):
        return None
    return now + timedelta(days=max(days, 0.0))


def _passing(mark: Mark, fresh: Iterable[Threshold]) -> Mark:
    return replace(mark, passed=mark.passed | {each.percent for each in fresh})


def _notified(mark: Mark, thresholds: Iterable[Threshold], now: datetime) -> Mark:
    return replace(mark, notified={**mark.notified, **{each.percent: now for each in thresholds}})


def _told(
    kind: AlertKind,
    balance: Balance,
    threshold: Threshold | None,
    *,
    also: tuple[int, ...] = (),
    exhausted_at: datetime | None = None,
    level: Level | None = None,
) -> Told:
    return Told(
        kind=kind,
        level=level or (threshold.level if threshold else Level.WARNING),
        window=balance.window,
        percent=threshold.percent if threshold else None,
        also=also,
        limit=balance.allowance,
        used=balance.used,
        resets_at=balance.resets_at,
        exhausted_at=exhausted_at,
        recipients=threshold.notify if threshold else (Recipient.OWNER,),
    )
