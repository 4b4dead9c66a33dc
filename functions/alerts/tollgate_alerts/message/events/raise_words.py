"""A temporary limit that the key's policy set, or that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import AlertKind
from tollgate.alerts.news import RaiseNews
from tollgate.clock import rfc3339
from tollgate_alerts.message import wording
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.figures import dollars

if TYPE_CHECKING:
    from tollgate.alerts.alerts import Notice
    from tollgate_alerts.message.figures import BudgetFigures


def raise_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords:
    news = notice.alert.content.news
    if not isinstance(news, RaiseNews):
        raise TypeError(f"An alert of a temporary limit tells of {news}.")
    ended = notice.alert.content.kind is AlertKind.LIMIT_FELL_BACK
    return EventWords(
        label="Limit back" if ended else "Limit raised",
        headline=_headline(notice, news, name, ended=ended),
        summary=_summary(news, shown, ended=ended),
        facts=_facts(notice, news, shown, ended=ended),
        consequences=_consequences(notice, news, ended=ended),
        advice=_advice(notice, ended=ended),
        context=_context(news),
        shows_models=not ended,
    )


def _headline(notice: Notice, news: RaiseNews, name: str, *, ended: bool) -> str:
    budget = wording.budget_of(notice.alert.content)
    if ended:
        return f"The {budget} of {name} is {dollars(news.base)} again"
    return f"The {budget} of {name} was raised from {dollars(news.base)} to {dollars(news.limit)}"


def _summary(news: RaiseNews, shown: BudgetFigures, *, ended: bool) -> tuple[str, ...]:
    if ended:
        what = f"The temporary limit of {dollars(news.limit)} has ended."
    else:
        what = f"The key's policy raised it by itself, until {wording.moment(news.until)}."
    return (what, *wording.used_of_limit(shown))


def _facts(
    notice: Notice, news: RaiseNews, shown: BudgetFigures, *, ended: bool
) -> tuple[tuple[str, str], ...]:
    content = notice.alert.content
    return (
        ("Lasting limit", dollars(news.base)),
        ("Temporary limit", dollars(news.limit)),
        ("Ended" if ended else "Until", wording.moment(news.until)),
        ("Used", wording.used(shown)),
        ("Remaining", wording.remaining(shown)),
        ("Window", wording.lasting(content)),
        *wording.spent(notice.spending, shown),
        ("At this rate", wording.lead(notice)),
    )


def _consequences(notice: Notice, news: RaiseNews, *, ended: bool) -> tuple[str, ...]:
    found = tuple(wording.consequences(notice.alert))
    if ended:
        return found
    back = f"On {wording.moment(news.until)} the limit falls back to {dollars(news.base)} by itself."
    return (back, *found)


def _advice(notice: Notice, *, ended: bool) -> tuple[str, ...]:
    field = wording.limit_field(notice.alert.content)
    path = f"/api/admin/apiKey/{notice.alert.key_id}"
    lasting = f"set a lasting limit with PUT {path}/budget ({field})"
    if ended:
        return (
            f"As the key's owner: if this limit doesn't suffice, ask for a higher one with {wording.ASK}.",
            f"As an admin: {lasting}, if one is needed.",
        )
    return (
        "As the key's owner: see whether as much is to be spent.",
        f"As an admin: {lasting}, which also ends the temporary one, or change the policy with PATCH {path} "
        "(automaticIncrease).",
    )


def _context(news: RaiseNews) -> dict[str, str]:
    return {
        "baseLimitUsd": money.to_string(news.base),
        "temporaryLimitUsd": money.to_string(news.limit),
        "until": rfc3339(news.until),
    }
