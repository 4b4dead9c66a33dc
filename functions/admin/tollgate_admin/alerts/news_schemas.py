"""What an alert tells besides how a budget stands, on the wire."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from tollgate.alerts.news import DowngradeNews, MeteringNews, News, PackNews, RaiseNews
from tollgate_admin.web.wire_types import Moment, Usd, View


class AlertedPack(View):
    """The pack that an alert is about. `models` are those that it pays for, null for all."""

    id: str
    name: str | None
    expires_at: Moment | None
    models: list[str] | None

    @classmethod
    def of(cls, news: PackNews) -> Self:
        models = list(news.models) or None
        return cls(id=news.pack_id, name=news.name, expires_at=news.expires_at, models=models)


class AlertedLimit(View):
    """A temporary limit that the key's policy has set over the lasting `base`."""

    base: Usd
    limit: Usd
    until: Moment

    @classmethod
    def of(cls, news: RaiseNews) -> Self:
        return cls(base=news.base, limit=news.limit, until=news.until)


class AlertedMetering(View):
    """How what is beyond the quota is charged, and how much of it there may be; null for no limit."""

    overage_factor: Usd
    overage_limit: Usd | None

    @classmethod
    def of(cls, news: MeteringNews) -> Self:
        return cls(overage_factor=news.factor, overage_limit=news.overage_limit)


class AlertedRule(View):
    model: str = Field(alias="from")
    to: list[str]


class AlertedDowngrade(View):
    """Which models serve instead of which, until less than `exitPercent` is used."""

    exit_percent: int
    rules: list[AlertedRule]

    @classmethod
    def of(cls, news: DowngradeNews) -> Self:
        rules = [AlertedRule(model=model, to=list(instead)) for model, instead in news.rules]
        return cls(exit_percent=news.exit_percent, rules=rules)


def news_fields(news: News | None) -> dict[str, Any]:
    """The field of an alert that shows its news, if it has any."""
    match news:
        case PackNews():
            return {"pack": AlertedPack.of(news)}
        case RaiseNews():
            return {"temporary_limit": AlertedLimit.of(news)}
        case MeteringNews():
            return {"metering": AlertedMetering.of(news)}
        case DowngradeNews():
            return {"downgrade": AlertedDowngrade.of(news)}
    return {}
