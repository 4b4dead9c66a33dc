"""Alerts: what is told of a budget when, to whom, and what has been told already."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import identifiers, money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing import phases
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.alerts.news import News
    from tollgate.ledger.billing.phases import Phase
    from tollgate.ledger.scopes import Balance, Enforcement, Scope
    from tollgate.ledger.thresholds import Threshold

DAY = timedelta(days=1)
# A rate is taken from no shorter a time: one call says little of the next ones.
MIN_SPAN = timedelta(minutes=1)


class AlertKind(StrEnum):
    """`threshold`: usage reached a threshold. `reminder`: it is still above it. `forecast`: at this rate, it
    will reach the limit. `recovery`: a higher limit or a reset lifts a block. `test`: an admin sent it
    as a test. `metering`: calls are charged beyond the quota. `pack_nearly_used`: 90 % of a resource pack are
    used. `pack_expiring`: one ends in a week with something left. `downgrading`: calls are served by other
    models. `limit_raised`: the key's policy set a temporary limit. `limit_fell_back`: that has ended. The
    others tell of a request for a higher limit: that it was made, what was decided, and that
    the limit which was granted until some time ends soon, or has ended.
    """

    THRESHOLD = "threshold"
    REMINDER = "reminder"
    FORECAST = "forecast"
    RECOVERY = "recovery"
    TEST = "test"
    METERING = "metering"
    PACK_NEARLY_USED = "pack_nearly_used"
    PACK_EXPIRING = "pack_expiring"
    DOWNGRADING = "downgrading"
    LIMIT_RAISED = "limit_raised"
    LIMIT_FELL_BACK = "limit_fell_back"
    INCREASE_ASKED = "increase_asked"
    INCREASE_APPROVED = "increase_approved"
    INCREASE_DENIED = "increase_denied"
    INCREASE_ENDING = "increase_ending"
    INCREASE_ENDED = "increase_ended"


@dataclass(frozen=True, slots=True)
class IncreaseNote:
    """What an alert says of a request for a higher limit. Amounts are USD.

    `limit` is the one that was granted, `until` when it ends, or until when it is asked for; it then falls
    back to the `base`. `reason` is the asker's, `note` that of whoever decided, who is `by`. `answer_by` is
    when the request expires.
    """

    request_id: str
    wanted: Decimal
    reason: str = ""
    limit: Decimal | None = None
    until: datetime | None = None
    by: str | None = None
    note: str = ""
    answer_by: datetime | None = None
    base: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AlertContent:
    """An alert's content. Amounts are USD; `also` are lower percents that a jump has passed with it.

    `recipients` are `owner`, `admin` and addresses, as the threshold names them. `increase` is there if it
    tells of a request for a higher limit; `limit` is then the present one. `news` is what is told of
    besides a budget; of a pack, `limit` and `used` are its own, and `window` is `pack`. `beyond` is out of
    what calls are paid when the limit is used, None if they are refused.
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
    increase: IncreaseNote | None = None
    news: News | None = None
    beyond: Phase | None = None


class DeliveryState(StrEnum):
    """`failed` means that Tollgate gave up after several attempts."""

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
class SpendingBurst:
    """USD spent in the `span` before a moment, a short one."""

    amount: Decimal
    span: timedelta

    @property
    def per_day(self) -> Decimal:
        return self.amount * Decimal(DAY / max(self.span, MIN_SPAN))


@dataclass(frozen=True, slots=True)
class Spending:
    """What a scope has spent of late, USD: in the last 24 hours, and there by model, the most first.

    `span` is how much of the 24 hours there has been the scope. `lately` is a burst: more, for its time, than
    the rest of them.
    """

    last_day: Decimal
    top_models: tuple[tuple[str, Decimal], ...] = ()
    span: timedelta = DAY
    burst: SpendingBurst | None = None

    @property
    def per_day(self) -> Decimal:
        """The present rate: that of the burst if there is one."""
        if self.burst is not None:
            return self.burst.per_day
        return self.last_day * Decimal(DAY / max(self.span, MIN_SPAN))


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell of a key, and how far that has got.

    `key_name`, what was `told` and the `spending` are of then; spending is None if it wasn't known, and names
    no models. `self_named` says that no admin has given the key its name.
    """

    id: str
    key_id: str
    key_name: str
    owner_email: str | None
    enforcement: Enforcement
    content: AlertContent
    created_at: datetime
    deliveries: Mapping[str, Delivery]
    spending: Spending | None = None
    self_named: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as it is written to somebody. `stage` and `console_url` are the deployment's."""

    alert: Alert
    spending: Spending | None
    stage: str
    console_url: str | None = None

    @property
    def days_left(self) -> Decimal | None:
        """How long the rest lasts at the present rate; None if nothing was spent."""
        if self.spending is None or self.spending.per_day <= 0:
            return None
        left = max(money.difference(self.alert.content.limit, self.alert.content.used), money.ZERO)
        return left / self.spending.per_day


def deliveries(
    content: AlertContent, owner_email: str | None, admin_emails: Iterable[str]
) -> dict[str, Delivery]:
    """By a name, who gets an alert: a mail per address, and once the topic if it is for admins.

    What an owner is to hear goes to the admins of a key that has no owner.
    """
    addresses: list[str] = [each for each in content.recipients if each not in set(Recipient)]
    to_admins = Recipient.ADMIN in content.recipients
    if Recipient.OWNER in content.recipients:
        if owner_email is None:
            to_admins = True
        else:
            addresses.append(owner_email)
    if to_admins:
        addresses.extend(admin_emails)
    found = {f"mail-{place}": Delivery(address) for place, address in enumerate(dict.fromkeys(addresses))}
    return {**found, "topic": Delivery(None)} if to_admins else found


def new_alert(
    scope: Scope,
    content: AlertContent,
    admin_emails: Iterable[str],
    now: datetime,
    spending: Spending | None = None,
) -> Alert:
    return Alert(
        id=identifiers.alert_id(now),
        key_id=scope.key_id,
        key_name=scope.name,
        owner_email=scope.owner_email,
        enforcement=scope.enforcement,
        content=content,
        created_at=now,
        deliveries=deliveries(content, scope.owner_email, admin_emails),
        spending=spending,
        self_named=scope.self_named,
    )


def sample(balance: Balance | None, threshold: Threshold) -> AlertContent:
    """An alert that only shows what alerts look like."""
    return AlertContent(
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
        beyond=phases.beyond(balance) if balance else None,
    )
