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
    return EventWords(
        label="Downgrading",
        headline=f"Other models serve {name}: {_used(content, shown)}",
        summary=(
            *wording.used_of_limit(shown),
            "So that the rest lasts longer, the key's policy has other models serve from now on.",
        ),
        facts=_facts(notice, news, shown),
        consequences=_consequences(content, news),
        advice=_advice(notice),
        context={"exitPercent": str(news.exit_percent), "downgrades": "; ".join(_told(news))},
        shows_models=True,
    )


def _used(content: AlertContent, shown: BudgetFigures) -> str:
    budget = wording.budget_of(content)
    if shown.percent is None:
        return f"its {budget} is used"
    return f"{percents(shown.percent)} of its {budget} is used"


def _facts(notice: Notice, news: DowngradeNews, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    return (
        *((f"Instead of {model}", " or ".join(instead)) for model, instead in news.rules),
        ("Used", wording.used(shown)),
        ("Limit", shown.limit),
        ("Remaining", wording.remaining(shown)),
        ("Window", wording.lasting(notice.alert.content)),
        *wording.spent(notice.spending, shown),
        ("At this rate", wording.lead(notice)),
    )


def _told(news: DowngradeNews) -> list[str]:
    return [f"{model} -> {', '.join(instead)}" for model, instead in news.rules]


def _consequences(content: AlertContent, news: DowngradeNews) -> tuple[str, ...]:
    resets_at = content.resets_at
    window = "" if resets_at is None else f", or the next window on {wording.moment(resets_at)}"
    return (
        "Requests for these models are served by the first of the others that can serve them, and are "
        "charged at its price. The answer's header x-tollgate-downgraded-from and the request log name the "
        "model that was asked for.",
        "A request with the header x-tollgate-downgrade: never is refused instead.",
        f"Downgrading ends when less than {percents(news.exit_percent)} of the {wording.budget_of(content)} "
        f"is used: after a higher limit, a reset of what is used{window}.",
    )


def _advice(notice: Notice) -> tuple[str, ...]:
    field = wording.limit_field(notice.alert.content)
    path = f"/api/admin/apiKey/{notice.alert.key_id}"
    return (
        f"As the key's owner: if these models don't suffice, ask for a higher limit with {wording.ASK}.",
        f"As an admin: raise the limit with PUT {path}/budget ({field}), or change the policy with PATCH "
        f"{path} (downgrade).",
    )
