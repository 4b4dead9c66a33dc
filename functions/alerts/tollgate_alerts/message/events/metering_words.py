"""Metering has begun: what is used beyond an included quota is charged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.news import MeteringNews
from tollgate_alerts.message import wording
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.figures import dollars

if TYPE_CHECKING:
    from tollgate.alerts.alerts import AlertContent, Notice
    from tollgate_alerts.message.figures import BudgetFigures


def metering_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords:
    content = notice.alert.content
    news = content.news
    if not isinstance(news, MeteringNews):
        raise TypeError(f"An alert of metering tells of {news}.")
    return EventWords(
        label="Metering",
        headline=f"{name} has used its {wording.quota_of(content)}, and metering has begun",
        summary=(f"{shown.used} used, of which the quota includes {shown.limit}.", _price(news)),
        facts=_facts(notice, news, shown),
        consequences=_consequences(content, news),
        advice=_advice(notice),
        context=_context(news),
        shows_models=True,
    )


def _price(news: MeteringNews) -> str:
    at = "" if news.factor == money.ONE else f", at {_times(news)} its price"
    return f"What is used beyond it is charged in addition{at}."


def _times(news: MeteringNews) -> str:
    return f"{money.to_string(news.factor)} times"


def _facts(notice: Notice, news: MeteringNews, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    most = "None" if news.overage_limit is None else dollars(news.overage_limit)
    return (
        ("Used", wording.used(shown)),
        ("Included", shown.limit),
        ("Beyond the quota", shown.beyond or dollars(money.ZERO)),
        *([] if news.factor == money.ONE else [("Charged at", f"{_times(news)} its price")]),
        ("Limit beyond the quota", most),
        ("Window", _window(notice.alert.content)),
        *wording.spent(notice.spending, shown),
    )


def _window(content: AlertContent) -> str:
    quota = wording.quota_of(content).capitalize()
    return quota if content.resets_at is None else f"{quota}, resets on {wording.moment(content.resets_at)}"


def _consequences(content: AlertContent, news: MeteringNews) -> tuple[str, ...]:
    found = ["New requests are still admitted, and what they cost is metered."]
    if news.overage_limit is not None:
        found.append(
            f"When {dollars(news.overage_limit)} beyond the quota is used, too, they are refused with "
            f"{wording.codes(content)}."
        )
    if content.resets_at is not None:
        found.append(f"The {wording.quota_of(content)} resets on {wording.moment(content.resets_at)}.")
    return tuple(found)


def _advice(notice: Notice) -> tuple[str, ...]:
    path = f"/api/admin/apiKey/{notice.alert.key_id}"
    return (
        "As the key's owner: if less is to be charged, use cheaper models, or ask for a higher quota with "
        f"{wording.ASK}.",
        f"As an admin: raise the quota with PUT {path}/budget (quotaLimit), add a pack with POST "
        f"{path}/packs, or stop metering with PATCH {path} (overage).",
    )


def _context(news: MeteringNews) -> dict[str, str]:
    found = {"overageFactor": money.to_string(news.factor)}
    if news.overage_limit is not None:
        found["overageLimitUsd"] = money.to_string(news.overage_limit)
    return found
