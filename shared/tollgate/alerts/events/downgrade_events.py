"""Downgrading has begun: once each time, and no more often than alerts of a threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.alerts.alerts import AlertContent, AlertKind
from tollgate.alerts.events.verdicts import Verdict
from tollgate.alerts.news import DowngradeNews
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies import downgrades
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class DowngradeTold:
    """Whether it has been told that the key is downgrading, and when that was told last."""

    is_on: bool = False
    at: datetime | None = None


def decide(scope: Scope, now: datetime, debounce: timedelta, told: DowngradeTold) -> Verdict[DowngradeTold]:
    """What to tell. What is held back is looked at again when the debounce is over."""
    balance = downgrades.tight_balance(scope, now)
    if not scope.downgrading or scope.downgrade is None or balance is None:
        return Verdict(replace(told, is_on=False))
    if told.is_on:
        return Verdict(told)
    if told.at is not None and now < told.at + debounce:
        return Verdict(told, look_again_at=told.at + debounce)
    content = AlertContent(
        kind=AlertKind.DOWNGRADING,
        level=Level.WARNING,
        window=balance.window,
        percent=scope.downgrade.enter_percent,
        also=(),
        limit=balance.allowance,
        used=balance.used,
        resets_at=balance.resets_at,
        exhausted_at=None,
        recipients=(Recipient.OWNER,),
        news=DowngradeNews(
            scope.downgrade.exit_percent, tuple((rule.model, rule.to) for rule in scope.downgrade.rules)
        ),
    )
    return Verdict(DowngradeTold(is_on=True, at=now), (content,))
