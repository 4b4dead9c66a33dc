"""A resource pack that is nearly used, or that ends with something left."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate.alerts.alerts import AlertKind
from tollgate.alerts.news import PackNews
from tollgate.clock import rfc3339
from tollgate_alerts.message import safe_names, wording
from tollgate_alerts.message.events.event_words import EventWords
from tollgate_alerts.message.figures import percents

if TYPE_CHECKING:
    from tollgate.alerts.alerts import Notice
    from tollgate_alerts.message.figures import BudgetFigures

# As many characters of a pack's name as there is room for in a line.
_NAME = 64
_A_DAY = timedelta(days=1)


def pack_words(notice: Notice, shown: BudgetFigures, name: str) -> EventWords:
    news = notice.alert.content.news
    if not isinstance(news, PackNews):
        raise TypeError(f"An alert of a pack tells of {news}.")
    ends = notice.alert.content.kind is AlertKind.PACK_EXPIRING
    return EventWords(
        label=_label(notice, ends=ends),
        headline=_ending(news, shown, name) if ends else _used(shown, name),
        summary=(
            f"{percents(shown.percent or 0)} used: {shown.used} of {shown.limit}.",
            "It does not expire." if news.expires_at is None else f"It expires on {_expiry(news)}.",
        ),
        facts=_facts(notice, news, shown),
        consequences=_consequences(notice, news, ends=ends),
        advice=_advice(notice, ends=ends),
        context=_context(news),
    )


def _label(notice: Notice, *, ends: bool) -> str:
    if ends:
        return "Pack expires soon"
    return "Pack used up" if _is_used_up(notice) else "Pack nearly used"


def _is_used_up(notice: Notice) -> bool:
    return notice.alert.content.used >= notice.alert.content.limit


def _expiry(news: PackNews) -> str:
    return "Never" if news.expires_at is None else wording.moment(news.expires_at)


def _ending(news: PackNews, shown: BudgetFigures, name: str) -> str:
    when = "soon" if news.expires_at is None else f"on {wording.day(news.expires_at)}"
    return f"A pack of {name} expires {when} with {shown.remaining} left"


def _used(shown: BudgetFigures, name: str) -> str:
    return f"{name} has used {percents(shown.percent or 0)} of a pack of {shown.limit}"


def _facts(notice: Notice, news: PackNews, shown: BudgetFigures) -> tuple[tuple[str, str], ...]:
    found = [
        ("Pack", pack_name(news)),
        ("Amount", shown.limit),
        ("Used", f"{shown.used} ({percents(shown.percent or 0)})"),
        ("Left", shown.remaining),
        ("Expires", _expiry(news)),
        ("Pays for", ", ".join(news.models) or "All models"),
        ("At this rate", _lead(notice, news)),
    ]
    return tuple(found)


def _lead(notice: Notice, news: PackNews) -> str:
    days, ends_at = notice.days_left, news.expires_at
    if days is None:
        return "Nothing is used" if notice.spending else wording.lead(notice)
    if ends_at is not None and days > Decimal((ends_at - notice.alert.created_at) / _A_DAY):
        return f"{wording.lead(notice)}, but it expires before that"
    return wording.lead(notice)


def pack_name(news: PackNews) -> str:
    """What an admin calls it, in one line that no mail client makes a link of; else its id."""
    line = safe_names.one_line(news.name, _NAME) if news.name else ""
    return safe_names.unlinked(line) if line else news.pack_id


def _consequences(notice: Notice, news: PackNews, *, ends: bool) -> tuple[str, ...]:
    goes_on = "other packs of the key pay, if it has any, and then its quota and its one-time budget"
    if ends and news.expires_at is not None:
        return (
            f"On {_expiry(news)} what is left of the pack expires. Requests that were admitted before may "
            f"still use it; for later ones {goes_on}.",
        )
    if _is_used_up(notice):
        return (f"Nothing is left of the pack: {goes_on}.",)
    return (f"When nothing is left of the pack, {goes_on}.",)


def _advice(notice: Notice, *, ends: bool) -> tuple[str, ...]:
    path = f"/api/admin/apiKey/{notice.alert.key_id}/packs"
    if ends:
        return (
            "As the key's owner: use what is left before the pack expires.",
            f"As an admin: add a new pack with POST {path}, if one is wanted. What is left of this one can't "
            "be carried over.",
        )
    return (
        "As the key's owner: ask an admin for another pack, if one is needed.",
        f"As an admin: add a pack with POST {path}.",
    )


def _context(news: PackNews) -> dict[str, str]:
    found = {
        "packId": news.pack_id,
        "packName": pack_name(news),
        "packExpiresAt": rfc3339(news.expires_at) if news.expires_at else None,
        "packModels": ",".join(news.models) or None,
    }
    return {name: value for name, value in found.items() if value is not None}
