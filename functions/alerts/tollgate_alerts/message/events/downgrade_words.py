"""Downgrading has begun: other models serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.alerts.news import DowngradeNews
from tollgate_alerts.message import wording
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.figures import percents

if TYPE_CHECKING:
    from tollgate.alerts.alerts import AlertContent, Notice
    from tollgate_alerts.message.figures import BudgetFigures


def downgrade_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords:
    content = notice.alert.content
    news = content.news
    if not isinstance(news, DowngradeNews):
        raise TypeError(f"An alert of downgrading tells of {news}.")
    share = percents(content.percent or 0)
    return EventWords(
        label="Downgrading",
        headline=f"{name} has used {share} of its {wording.budget_of(content)}: other models serve",
        summary=(
            f"{percents(shown.percent or 0)} used: {shown.used} of {shown.limit}.",
            "To make the rest last, the key's policy has other models serve from now on.",
        ),
        facts=_facts(notice, news, shown),
        consequences=_consequences(content, news),
        advice=_advice(notice),
        context={"exitPercent": str(news.exit_percent), "downgrades": "; ".join(_told(news))},
        shows_models=True,
    )


def _facts(notice: Notice, news: DowngradeNews, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    return (
        *((f"Instead of {model}", " or ".join(instead)) for model, instead in news.rules),
        ("Used", f"{shown.used} ({percents(shown.percent or 0)})"),
        ("Limit", shown.limit),
        ("Remaining", shown.remaining),
        ("Window", wording.lasting(notice.alert.content)),
        *wording.spent(notice.spending, shown),
        ("At this rate", wording.lead(notice)),
    )


def _told(news: DowngradeNews) -> list[str]:
    return [f"{model} -> {', '.join(instead)}" for model, instead in news.rules]


def _consequences(content: AlertContent, news: DowngradeNews) -> tuple[str, ...]:
    return (
        "Requests for these models are served by the first of the others that fits, and are charged at its "
        "price. The header x-tollgate-downgraded-from of an answer says so, and its record, too.",
        "A request with the header x-tollgate-downgrade: never is refused instead.",
        f"It ends as soon as less than {percents(news.exit_percent)} of the {wording.budget_of(content)} is "
        "used: because the limit was raised, usage was reset or a new window began.",
    )


def _advice(notice: Notice) -> tuple[str, ...]:
    field = wording.limit_field(notice.alert.content)
    path = f"/api/admin/apiKey/{notice.alert.key_id}"
    return (
        "As the key's owner: ask an admin to raise the limit, if these models don't suffice.",
        f"As an admin: raise the limit with PUT {path}/budget ({field}), or change the policy with PATCH "
        f"{path} (downgrade).",
    )
