"""Metering has begun: what is used beyond an included quota is charged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.news import MeteringNews
from tollgate_alerts.message import wording
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.figures import dollars, percents

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
        summary=(f"{shown.used} used: the quota includes {shown.limit}.", _price(news)),
        facts=_facts(notice, news, shown),
        consequences=_consequences(content, news),
        advice=_advice(notice),
        context=_context(news),
        shows_models=True,
    )


def _price(news: MeteringNews) -> str:
    if news.factor == money.ONE:
        return "What is used beyond it is charged in addition."
    return (
        f"What is used beyond it is charged in addition, at {money.to_string(news.factor)} times its price."
    )


def _facts(notice: Notice, news: MeteringNews, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    share = "" if shown.percent is None else f" ({percents(shown.percent)})"
    most = "No limit" if news.overage_limit is None else dollars(news.overage_limit)
    return (
        ("Used", f"{shown.used}{share}"),
        ("Included", shown.limit),
        ("Beyond it", shown.beyond or dollars(money.ZERO)),
        ("Limit beyond it", most),
        ("Window", wording.lasting(notice.alert.content)),
        *wording.spent(notice.spending, shown),
    )


def _consequences(content: AlertContent, news: MeteringNews) -> tuple[str, ...]:
    found = ["New requests are still admitted, and what they cost is metered."]
    if news.overage_limit is not None:
        found.append(
            f"When {dollars(news.overage_limit)} beyond the quota is used, new requests are refused."
        )
    if content.resets_at is not None:
        found.append(f"The {wording.quota_of(content)} begins anew on {wording.moment(content.resets_at)}.")
    return tuple(found)


def _advice(notice: Notice) -> tuple[str, ...]:
    path = f"/api/admin/apiKey/{notice.alert.key_id}"
    return (
        "As the key's owner: ask an admin for a larger quota or a pack, or use cheaper models.",
        f"As an admin: raise the quota with PUT {path}/budget (quotaLimit), add a pack with POST "
        f"{path}/packs, or stop metering with PATCH {path} (overage).",
    )


def _context(news: MeteringNews) -> dict[str, str]:
    found = {"overageFactor": money.to_string(news.factor)}
    if news.overage_limit is not None:
        found["overageLimitUsd"] = money.to_string(news.overage_limit)
    return found
