"""Which words tell what kind of news: one line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.alerts.alerts import AlertKind
from tollgate_alerts.message.events.downgrade_words import downgrade_words
from tollgate_alerts.message.events.metering_words import metering_words
from tollgate_alerts.message.events.pack_words import pack_words
from tollgate_alerts.message.events.raise_words import raise_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.alerts.alerts import Notice
    from tollgate_alerts.message.events.event_words import EventWords
    from tollgate_alerts.message.figures import BudgetFigures

_WORDS: Mapping[AlertKind, Callable[[Notice, BudgetFigures, str], EventWords]] = {
    AlertKind.METERING: metering_words,
    AlertKind.PACK_NEARLY_USED: pack_words,
    AlertKind.PACK_EXPIRING: pack_words,
    AlertKind.DOWNGRADING: downgrade_words,
    AlertKind.LIMIT_RAISED: raise_words,
    AlertKind.LIMIT_FELL_BACK: raise_words,
}


def news_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords | None:
    """The words for a notice of a key called `name`; None if it tells of a budget and nothing besides."""
    words = _WORDS.get(notice.alert.content.kind)
    return None if words is None else words(notice, shown, name)
