"""Metering has begun: once in each window of a quota."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import AlertContent, AlertKind
from tollgate.alerts.events.verdicts import Verdict
from tollgate.alerts.news import MeteringNews
from tollgate.clock import rfc3339
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope


def decide(scope: Scope, told: str) -> Verdict[str]:
    """What to tell; `told` is the window whose metering has been told of.

    By the scope as it is stored: of a window that is over, but in which nobody has looked, it is told, too.
    """
    quota = scope.quota
    if not quota.metered or quota.schedule is None:
        return Verdict(told)
    window = f"{quota.schedule.period.value}@{rfc3339(quota.starts_at)}"
    if window == told:
        return Verdict(told)
    content = AlertContent(
        kind=AlertKind.METERING,
        level=Level.URGENT,
        window=quota.schedule.period.value,
        percent=None,
        also=(),
        limit=quota.allowance,
        # A call is assigned before what is used counts it.
        used=max(quota.used, money.total([quota.included, quota.metered])),
        resets_at=quota.resets_at,
        exhausted_at=None,
        recipients=(Recipient.OWNER, Recipient.ADMIN),
        news=MeteringNews(scope.overage_factor, scope.overage_limit),
    )
    return Verdict(window, (content,))
