"""Notices of alerts, for tests to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.builders import KEY, NOW
from tollgate.alerts.alerts import Alert, AlertContent, AlertKind, IncreaseNote, Notice, Spending
from tollgate.alerts.news import DowngradeNews, MeteringNews, News, PackNews, RaiseNews
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence

TOMORROW = NOW + timedelta(days=1)
_PACK = PackNews("pck_0123456789abcdefghij", "Spring credits", NOW + timedelta(days=7), ("large", "small"))
_RAISED = RaiseNews(Decimal(10), Decimal(15), TOMORROW)
# Of each kind that tells of more than a budget, what it does.
NEWS: dict[AlertKind, News] = {
    AlertKind.METERING: MeteringNews(Decimal("1.5"), Decimal(20)),
    AlertKind.PACK_NEARLY_USED: _PACK,
    AlertKind.PACK_EXPIRING: _PACK,
    AlertKind.DOWNGRADING: DowngradeNews(80, (("large", ("medium", "small")), ("huge", ("large",)))),
    AlertKind.LIMIT_RAISED: _RAISED,
    AlertKind.LIMIT_FELL_BACK: _RAISED,
}
SPENDING = Spending(Decimal("3.2"), (("large", Decimal("2.1")), ("small", Decimal("0.00005"))))

# With what would break a header, a page or a line of text.
ODD_NAMES = [
    "two\r\nlines\nBcc: all@example.com",
    "\"quoted\" 'name' & more",
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\u202eturned\u202c צוות החיפוש \u200f",
    "n" * 200,
    "🎉👩\u200d👩\u200d👧 équipe",
    "\x00\x1b\u200b",
    "https://evil.example/login and jo@evil.example, www.evil.example",
    "Nothing needs to be done. Console: https://evil.example/ What you can do: log in there, it is ours",
    "\u200d\u3164\u2800",
    "z" + "\u0335\u0489" * 60,
    "tall " * 2000,
]


def notice(
    *,
    used: str = "9.73",
    limit: str = "10",
    name: str = "search team",
    owner: str | None = "jo@example.com",
    enforcement: Enforcement = Enforcement.SOFT,
    spending: Spending | None = SPENDING,
    console_url: str | None = "https://console.example.com/",
    self_named: bool = False,
    **changes: Any,
) -> Notice:
    """Of the threshold of 95 % of a one-time budget of $10; `changes` are to what is told."""
    told = AlertContent(
        kind=AlertKind.THRESHOLD,
        level=Level.URGENT,
        window="total",
        percent=95,
        also=(),
        limit=Decimal(limit),
        used=Decimal(used),
        resets_at=None,
        exhausted_at=None,
        recipients=(Recipient.OWNER, Recipient.ADMIN),
        news=NEWS.get(changes.get("kind", AlertKind.THRESHOLD)),
    )
    alert = Alert("alr_1", KEY.key_id, name, owner, enforcement, replace(told, **changes), NOW, {})
    if self_named:
        alert = replace(alert, self_named=True)
    return Notice(alert, spending, "prod", console_url)


def of_each_kind() -> Sequence[Notice]:
    """One of each kind, the limit's both ways of enforcement, and one of a recurring budget."""
    month: dict[str, Any] = {"window": "month", "resets_at": NOW + timedelta(days=18)}
    return (
        notice(also=(80, 90)),
        notice(level=Level.WARNING, percent=80, used="8.12", recipients=(Recipient.OWNER,), **month),
        notice(level=Level.LIMIT, percent=100, used="10.35"),
        notice(level=Level.LIMIT, percent=100, used="10", enforcement=Enforcement.HARD, **month),
        notice(kind=AlertKind.REMINDER),
        notice(kind=AlertKind.FORECAST, level=Level.WARNING, percent=None, used="6.8", exhausted_at=TOMORROW),
        notice(kind=AlertKind.RECOVERY, level=Level.WARNING, percent=100, limit="12"),
        notice(kind=AlertKind.TEST),
        *of_increases(),
        *of_each_news(),
    )


def of_increases(reason: str = "a release", **changes: Any) -> Sequence[Notice]:
    """One of each kind that tells of a request for a higher limit."""
    asked = IncreaseNote("brq_0123456789abcdeft1", Decimal(20), reason=reason, answer_by=TOMORROW)
    decided = replace(asked, reason="", answer_by=None, by="an administrator", note=reason)
    granted = replace(decided, limit=Decimal(18), until=TOMORROW, base=Decimal(10))
    told: dict[str, Any] = {"level": Level.WARNING, "percent": None, **changes}
    return (
        notice(kind=AlertKind.INCREASE_ASKED, increase=asked, recipients=("boss@example.com",), **told),
        notice(kind=AlertKind.INCREASE_APPROVED, increase=granted, limit="18", **told),
        notice(
            kind=AlertKind.INCREASE_APPROVED,
            increase=replace(granted, until=None, base=None),
            limit="18",
            **told,
        ),
        notice(kind=AlertKind.INCREASE_DENIED, increase=decided, owner=None, **told),
        notice(kind=AlertKind.INCREASE_ENDING, increase=granted, limit="18", **told),
        notice(kind=AlertKind.INCREASE_ENDED, increase=replace(granted, base=None), used="15", **told),
    )


def of_each_news() -> Sequence[Notice]:
    """One of each kind that tells of more than a budget."""
    month: dict[str, Any] = {"window": "month", "resets_at": NOW + timedelta(days=18)}
    pack: dict[str, Any] = {"level": Level.WARNING, "window": "pack", "recipients": (Recipient.OWNER,)}
    nameless = replace(_PACK, name=None, models=())
    calm: dict[str, Any] = {"level": Level.WARNING, "percent": None}
    return (
        notice(kind=AlertKind.METERING, percent=None, used="10.35", **month),
        notice(kind=AlertKind.PACK_NEARLY_USED, percent=90, used="9.2", **pack),
        notice(kind=AlertKind.PACK_EXPIRING, percent=None, used="4", news=nameless, **pack),
        notice(kind=AlertKind.DOWNGRADING, level=Level.WARNING, percent=90, used="9.1", **month),
        notice(kind=AlertKind.LIMIT_RAISED, limit="15", **calm),
        notice(kind=AlertKind.LIMIT_FELL_BACK, used="12", **calm),
    )
