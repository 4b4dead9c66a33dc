"""The sentences of an alert."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate.alerts.alerts import AlertKind
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.thresholds import Level, Recipient
from tollgate.ledger.windows import ADJECTIVES
from tollgate.refusals import Reason
from tollgate_alerts.message import safe_names
from tollgate_alerts.message.figures import percents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tollgate.alerts.alerts import Alert, AlertContent, Notice, Spending
    from tollgate_alerts.message.figures import BudgetFigures

_LEVELS = {Level.WARNING: "Warning", Level.URGENT: "Urgent", Level.LIMIT: "Limit"}
_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)
_SPENT_IN_A_DAY = "Spent in the last 24 hours"
_LONG = Decimal(3650)
# Of a mail address, RFC 5321.
_ADDRESS = 254
# How a key's holder asks for a higher limit.
ASK = "POST /v1/budget-requests"


def budget_of(content: AlertContent) -> str:
    period = ADJECTIVES.get(content.window)
    return f"{period} budget" if period else "budget"


def quota_of(content: AlertContent) -> str:
    period = ADJECTIVES.get(content.window)
    return f"{period} quota" if period else "quota"


def limit_field(content: AlertContent) -> str:
    """What the limit is called where admins set it."""
    return "budgetLimit" if content.window == "total" else "quotaLimit"


def label(content: AlertContent) -> str:
    """What kind of message this is, in a word or two."""
    level = _LEVELS[content.level]
    if content.level is Level.LIMIT and content.percent is not None and content.percent >= 100:
        level = "Limit reached"
    match content.kind:
        case AlertKind.THRESHOLD:
            return level
        case AlertKind.RECOVERY:
            return "Recovered"
        case AlertKind.REMINDER:
            return f"{level}, reminder"
        case AlertKind.FORECAST:
            return f"{level}, forecast"
    return f"Test, {level.lower()}"


def subject(content: AlertContent, figures: BudgetFigures, name: str) -> str:
    used = ""
    # The others' headlines have a percent already.
    if content.kind in {AlertKind.FORECAST, AlertKind.RECOVERY} and figures.percent is not None:
        used = f", {percents(figures.percent)} used"
    return f"[Tollgate] {label(content)}: {headline(content, name)}{used}"


def headline(content: AlertContent, name: str) -> str:
    """What happened, in as few words as a subject has room for."""
    budget = budget_of(content)
    match content.kind:
        case AlertKind.THRESHOLD:
            return f"{name} has used {_share(content)} of its {budget}"
        case AlertKind.REMINDER:
            return f"{name} is still at or above {_share(content)} of its {budget}"
        case AlertKind.FORECAST:
            return f"{name} will use up its {budget} {_when(content)}"
        case AlertKind.RECOVERY:
            return f"{name} is below the limit of its {budget} again"
    return f"Sample alert for {name} at {_share(content)} of its {budget}"


def summary(content: AlertContent, figures: BudgetFigures, name: str) -> list[str]:
    """What there is to say of it besides, in sentences."""
    found = []
    if content.kind is AlertKind.TEST:
        event = f"{name} has used {_share(content)} of its {budget_of(content)}"
        found.append(f"This is a test: nothing has happened. An alert like this one is sent when {event}.")
    if content.exhausted_at is not None:
        before = f", before the {budget_of(content)} resets" if content.resets_at else ""
        found.append(
            f"At the rate of the last 24 hours, it will be used up at {moment(content.exhausted_at)}{before}."
        )
    found += used_of_limit(figures)
    if content.also:
        verb = "was" if len(content.also) == 1 else "were"
        found.append(f"{_listed(content.also)} % {verb} passed at the same time.")
    return found


def lasting(content: AlertContent) -> str:
    """The budget's window and how it ends."""
    if content.resets_at is None:
        return "One-time budget, does not reset"
    return f"{budget_of(content).capitalize()}, resets on {moment(content.resets_at)}"


def used(figures: BudgetFigures) -> str:
    return figures.used if figures.percent is None else f"{figures.used} ({percents(figures.percent)})"


def remaining(figures: BudgetFigures) -> str:
    return figures.remaining if figures.beyond is None else f"Nothing, {figures.beyond} over the limit"


def used_of_limit(figures: BudgetFigures) -> list[str]:
    """How much is used, in a sentence; none where there is no limit to compare with."""
    if figures.percent is None:
        return []
    return [f"{percents(figures.percent)} used: {figures.used} of {figures.limit}."]


def spent(spending: Spending | None, figures: BudgetFigures) -> list[tuple[str, str]]:
    """What was spent of late, and of how long that is known, as names and values."""
    if spending is None or figures.last_day is None:
        return [(_SPENT_IN_A_DAY, "Unknown")]
    last_day = figures.last_day
    # All of it in a burst is said by the burst's own line.
    is_burst = spending.burst is not None and spending.burst.amount == spending.last_day
    if spending.span < _A_DAY and spending.last_day > 0 and not is_burst:
        last_day = f"{last_day}, all of it in {_span(spending.span)}"
    found = [(_SPENT_IN_A_DAY, last_day)]
    if spending.burst is not None and figures.burst is not None:
        found.append((f"Spent in {_span(spending.burst.span)}", figures.burst))
    return found


def lead(notice: Notice) -> str:
    """How long what is left of the budget lasts."""
    content, days = notice.alert.content, notice.days_left
    if notice.spending is None:
        return "Unknown"
    if days is None:
        return "Will not run out: nothing was spent"
    if days <= 0:
        return "Nothing is left"
    rest = f"{_duration(days)} left"
    if content.resets_at is not None and days > Decimal(
        (content.resets_at - notice.alert.created_at) / _A_DAY
    ):
        return f"{rest}, but it resets before that"
    return rest


def consequences(alert: Alert) -> list[str]:
    """What the alert's state of the budget means for requests, a sentence or two each."""
    content = alert.content
    if content.kind is AlertKind.TEST:
        return ["Nothing: this is only a test."]
    if content.beyond is not None:
        return [_going_on(content, content.beyond), _ending(content, "what is used stays used")]
    hard = alert.enforcement is Enforcement.HARD
    if _is_reached(content):
        finish = "within what was held for them" if hard else "and may still add to the cost"
        found = [
            _refusals(content),
            f"Requests in progress finish, {finish}. Models with a price of zero are still served.",
        ]
        return [*found, _ending(content, "this lasts")]
    found = []
    if content.kind is AlertKind.RECOVERY:
        found.append("This budget admits new requests again.")
    else:
        found.append("New requests are still admitted.")
    if hard:
        found.append(
            "The limit is hard: a request is refused if its highest possible cost, together with that of "
            "requests in progress, exceeds what is left. That can happen before 100 % is used."
        )
    else:
        found.append("The limit is soft: at 100 %, new requests are refused and those in progress finish.")
    return [*found, _ending(content, "what is used stays used")]


def _going_on(content: AlertContent, beyond: Phase) -> str:
    """Of a limit that doesn't end calls when it is used."""
    admitted = "New requests are still admitted"
    if beyond is Phase.PACKS:
        return f"{admitted}, and paid by the key's packs as long as these have something left."
    if _is_reached(content):
        return f"{admitted}, and what they cost is metered."
    return f"{admitted}. What they cost beyond the limit will be metered and charged in addition."


def advice(alert: Alert, *, has_console: bool) -> list[str]:
    """What an owner and an admin can do about the alert."""
    content = alert.content
    match content.kind:
        case AlertKind.TEST | AlertKind.RECOVERY:
            return ["Nothing needs to be done."]
    field = limit_field(content)
    # Once the limit is reached, only models priced at zero answer.
    cheaper = "" if _is_reached(content) else ", or use cheaper models"
    way = "in the console or with" if has_console else "with"
    return [
        f"As the key's owner: ask for a higher limit with {ASK}{cheaper}.",
        f"As an admin: raise the limit {way} PUT /api/admin/apiKey/{alert.key_id}/budget ({field}).",
    ]


def _is_reached(content: AlertContent) -> bool:
    return content.used >= content.limit


def _refusals(content: AlertContent) -> str:
    """By codes alone: the HTTP status is the key's or the deployment's to choose."""
    return f"New requests are refused with {codes(content)}."


def codes(content: AlertContent) -> str:
    """What those are refused with that come when nothing is left."""
    code = Reason.QUOTA_EXHAUSTED if content.window in ADJECTIVES else Reason.BUDGET_EXHAUSTED
    return f"the error code {code}, or {Reason.PARENT_BUDGET_EXHAUSTED} for keys below this one"


def audience(alert: Alert, name: str) -> str:
    """Who gets this, and why."""
    content = alert.content
    roles = []
    for_owner = Recipient.OWNER in content.recipients
    if for_owner and alert.owner_email is not None:
        roles.append(f"as the owner of the key {name} ({safe_names.one_line(alert.owner_email, _ADDRESS)})")
    if for_owner and alert.owner_email is None:
        roles.append(f"as an admin of Tollgate (the key {name} has no owner)")
    elif Recipient.ADMIN in content.recipients:
        roles.append("as an admin of Tollgate")
    if set(content.recipients) - set(Recipient):
        roles.append("because the threshold lists your address")
    why = "" if content.percent is None else f"; the threshold is {_share(content)}"
    return f"You receive this alert {' or '.join(roles)}{why}."


def moment(at: datetime) -> str:
    return f"{day(at)} {at:%Y, %H:%M} UTC"


def _listed(passed: Sequence[int]) -> str:
    """`80`, `80 and 90`, `50, 80 and 90`."""
    *firsts, last = (str(each) for each in sorted(passed))
    return f"{', '.join(firsts)} and {last}" if firsts else last


def _share(content: AlertContent) -> str:
    return percents(0 if content.percent is None else content.percent)


def _ending(content: AlertContent, otherwise: str) -> str:
    if content.resets_at is not None:
        return f"The {budget_of(content)} resets on {moment(content.resets_at)}."
    return f"The budget does not reset by itself: {otherwise} until an admin raises the limit or resets it."


def _when(content: AlertContent) -> str:
    return "soon" if content.exhausted_at is None else f"around {day(content.exhausted_at)}"


def day(at: datetime) -> str:
    return f"{at.day} {at:%b}"


def _duration(days: Decimal) -> str:
    hours = int(min(days, _LONG) * 24)
    if days >= _LONG:
        return "More than 10 years"
    if hours >= 48:
        return f"About {hours // 24} days"
    if hours >= 2:
        return f"About {hours} hours"
    if hours:
        return "About an hour"
    minutes = int(days * 24 * 60)
    if minutes >= 2:
        return f"About {minutes} minutes"
    return "About a minute" if minutes else "Less than a minute"


def _span(span: timedelta) -> str:
    """`the last 20 hours`, `the last 3 minutes`, `the last minute`, `less than a minute`."""
    minutes = span // _A_MINUTE
    if minutes >= 2 * 60:
        return f"the last {minutes // 60} hours"
    if minutes >= 2:
        return f"the last {minutes} minutes"
    return "the last minute" if minutes else "less than a minute"
