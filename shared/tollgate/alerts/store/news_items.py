"""What an alert tells besides how a budget stands, as a part of its item, and back: by the alert's kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.alerts.alerts import AlertKind
from tollgate.alerts.news import DowngradeNews, MeteringNews, PackNews, RaiseNews
from tollgate.clock import from_rfc3339, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.alerts.news import News
    from tollgate.aws.dynamodb import Item


def from_news(news: News) -> Item:
    """The attributes that have a value."""
    return {name: value for name, value in _attributes(news).items() if value is not None}


def _attributes(news: News) -> Item:
    match news:
        case PackNews():
            return {
                "pack": news.pack_id,
                "name": news.name,
                "expires_at": rfc3339(news.expires_at) if news.expires_at else None,
                "models": list(news.models) or None,
            }
        case RaiseNews():
            return {"base": news.base, "limit": news.limit, "until": rfc3339(news.until)}
        case MeteringNews():
            return {"factor": news.factor, "overage_limit": news.overage_limit}
        case DowngradeNews():
            return {
                "exit_percent": news.exit_percent,
                "rules": [{"from": model, "to": list(instead)} for model, instead in news.rules],
            }


def to_news(kind: AlertKind, stored: Mapping[str, Any] | None) -> News | None:
    return None if stored is None else _READERS[kind](stored)


def _to_pack(stored: Mapping[str, Any]) -> PackNews:
    return PackNews(
        pack_id=stored["pack"],
        name=stored.get("name"),
        expires_at=from_rfc3339(stored["expires_at"]) if "expires_at" in stored else None,
        models=tuple(stored.get("models", ())),
    )


def to_raise(stored: Mapping[str, Any]) -> RaiseNews:
    return RaiseNews(stored["base"], stored["limit"], from_rfc3339(stored["until"]))


def _to_metering(stored: Mapping[str, Any]) -> MeteringNews:
    return MeteringNews(stored["factor"], stored.get("overage_limit"))


def _to_downgrade(stored: Mapping[str, Any]) -> DowngradeNews:
    rules = tuple((each["from"], tuple(each["to"])) for each in stored["rules"])
    return DowngradeNews(int(stored["exit_percent"]), rules)


_READERS: dict[AlertKind, Callable[[Mapping[str, Any]], News]] = {
    AlertKind.PACK_NEARLY_USED: _to_pack,
    AlertKind.PACK_EXPIRING: _to_pack,
    AlertKind.LIMIT_RAISED: to_raise,
    AlertKind.LIMIT_FELL_BACK: to_raise,
    AlertKind.METERING: _to_metering,
    AlertKind.DOWNGRADING: _to_downgrade,
}
