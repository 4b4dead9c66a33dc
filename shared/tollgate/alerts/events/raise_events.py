"""Temporary limits that a key's policy has set: each of them, and that it has ended by time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.alerts.alerts import AlertContent, AlertKind
from tollgate.alerts.events.verdicts import Verdict, earliest
from tollgate.alerts.news import RaiseNews
from tollgate.ledger.billing import phases
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.ledger.scopes import Balance, Scope


def decide(scope: Scope, now: datetime, told: Mapping[str, RaiseNews]) -> Verdict[Mapping[str, RaiseNews]]:
    """What to tell; `told` are the raises that have been seen, by window. `scope` is as it is `now`.

    One that an edit has ended before its time isn't told of: whoever edits knows. Nor is one that was
    approved: whoever asked for it is told by the mails of requests.
    """
    balances = {balance.window: balance for balance in scope.balances()}
    seen = {
        window: RaiseNews(noted.base, noted.limit, noted.until)
        for window, noted in scope.raises.items()
        if noted.by is RaisedBy.POLICY and now < noted.until
    }
    contents = [
        _content(AlertKind.LIMIT_FELL_BACK, balances[window], news)
        for window, news in told.items()
        if news.until <= now and window not in seen and _is_back(balances.get(window), news)
    ]
    contents += [
        _content(AlertKind.LIMIT_RAISED, balances[window], news)
        for window, news in seen.items()
        if news != told.get(window) and window in balances
    ]
    return Verdict(seen, tuple(contents), earliest(*(news.until for news in seen.values())))


def _is_back(balance: Balance | None, news: RaiseNews) -> bool:
    return balance is not None and balance.limit == news.base


def _content(kind: AlertKind, balance: Balance, news: RaiseNews) -> AlertContent:
    return AlertContent(
        kind=kind,
        level=Level.WARNING,
        window=balance.window,
        percent=None,
        also=(),
        limit=balance.allowance,
        used=balance.used,
        resets_at=balance.resets_at,
        exhausted_at=None,
        recipients=(Recipient.OWNER, Recipient.ADMIN),
        news=news,
        beyond=phases.beyond(balance),
    )
