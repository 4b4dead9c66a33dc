"""Alerts and alert states as items of the alerts table, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.alerts.alerts import (
    Alert,
    AlertContent,
    AlertKind,
    Delivery,
    DeliveryState,
    IncreaseNote,
    Spending,
    SpendingBurst,
)
from tollgate.alerts.decisions import AlertState, WatchedBudget
from tollgate.alerts.store.news_items import from_news, to_news
from tollgate.aws.dynamodb import epoch, integer, moment
from tollgate.clock import from_rfc3339, rfc3339
from tollgate.ledger.billing.phases import Phase
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.thresholds import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.aws.dynamodb import Item

# What the table's indexes hold: items that somebody has to come back to, and all alerts by their time.
DUE, HISTORY = "due", "all"
_KEPT = timedelta(days=400)
_MILLISECOND = timedelta(milliseconds=1)
_ALERT = "alert#"


def state_name(budget: WatchedBudget) -> str:
    """The sort key of what has been told of a budget."""
    return f"mark#{budget.value}"


def alert_name(alert_id: str) -> str:
    return f"{_ALERT}{alert_id}"


def is_alert(name: str) -> bool:
    return name.startswith(_ALERT)


def id_of(name: str) -> str:
    return name.removeprefix(_ALERT)


def due_attributes(at: datetime | None) -> Item:
    """The attributes that bring an item back to mind at a moment."""
    return {} if at is None else {"due": DUE, "due_at": epoch(at)}


def from_state(key_id: str, budget: WatchedBudget, state: AlertState) -> Item:
    return {
        "key_id": key_id,
        "alert": state_name(budget),
        "window": state.window,
        "reset": state.reset,
        "passed": sorted(state.passed),
        "notified": {str(percent): epoch(at) for percent, at in state.notified.items()},
        "forecast_at": _epoch(state.forecast_at),
        "revision": state.revision,
        **due_attributes(state.look_again_at),
    }


def to_state(item: Mapping[str, Any]) -> AlertState:
    return AlertState(
        window=item["window"],
        reset=item["reset"],
        passed=frozenset(int(percent) for percent in item["passed"]),
        notified={int(percent): moment(at) for percent, at in item["notified"].items()},
        forecast_at=_moment(item.get("forecast_at")),
        look_again_at=_moment(item.get("due_at")),
        revision=int(item["revision"]),
    )


def from_alert(alert: Alert) -> Item:
    content = alert.content
    return {
        "key_id": alert.key_id,
        "alert": alert_name(alert.id),
        "history": HISTORY,
        "key_name": alert.key_name,
        "self_named": alert.self_named or None,
        "owner_email": alert.owner_email,
        "enforcement": alert.enforcement.value,
        "kind": content.kind.value,
        "level": content.level.value,
        "window": content.window,
        "percent": content.percent,
        "also": list(content.also),
        "limit": content.limit,
        "used": content.used,
        "resets_at": _text(content.resets_at),
        "exhausted_at": _text(content.exhausted_at),
        "recipients": [str(each) for each in content.recipients],
        "increase": None if content.increase is None else _from_increase(content.increase),
        "news": None if content.news is None else from_news(content.news),
        "beyond": None if content.beyond is None else content.beyond.value,
        "created_at": rfc3339(alert.created_at),
        "deliveries": {name: from_delivery(each) for name, each in alert.deliveries.items()},
        "spending": None if alert.spending is None else _from_spending(alert.spending),
        "expires_at": int((alert.created_at + _KEPT).timestamp()),
        **due_attributes(alert.created_at if alert.deliveries else None),
    }


def to_alert(item: Mapping[str, Any]) -> Alert:
    return Alert(
        id=id_of(item["alert"]),
        key_id=item["key_id"],
        key_name=item["key_name"],
        owner_email=item.get("owner_email"),
        enforcement=Enforcement(item["enforcement"]),
        content=AlertContent(
            kind=AlertKind(item["kind"]),
            level=Level(item["level"]),
            window=item["window"],
            percent=integer(item.get("percent")),
            also=tuple(int(percent) for percent in item["also"]),
            limit=item["limit"],
            used=item["used"],
            resets_at=_time(item.get("resets_at")),
            exhausted_at=_time(item.get("exhausted_at")),
            recipients=tuple(item["recipients"]),
            increase=_to_increase(item["increase"]) if "increase" in item else None,
            news=to_news(AlertKind(item["kind"]), item.get("news")),
            beyond=Phase(item["beyond"]) if "beyond" in item else None,
        ),
        created_at=from_rfc3339(item["created_at"]),
        deliveries={name: _to_delivery(each) for name, each in item["deliveries"].items()},
        spending=_to_spending(item["spending"]) if "spending" in item else None,
        self_named=item.get("self_named", False),
    )


def from_delivery(delivery: Delivery) -> Item:
    kept = {
        "address": delivery.address,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "claimed_until": _epoch(delivery.claimed_until),
        "sent_at": _text(delivery.sent_at),
        "error": delivery.error,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _to_delivery(item: Mapping[str, Any]) -> Delivery:
    return Delivery(
        address=item.get("address"),
        state=DeliveryState(item["state"]),
        attempts=int(item["attempts"]),
        claimed_until=_moment(item.get("claimed_until")),
        sent_at=_time(item.get("sent_at")),
        error=item.get("error"),
    )


def _from_increase(note: IncreaseNote) -> Item:
    kept = {
        "request_id": note.request_id,
        "wanted": note.wanted,
        "reason": note.reason or None,
        "limit": note.limit,
        "until": _text(note.until),
        "by": note.by,
        "note": note.note or None,
        "answer_by": _text(note.answer_by),
        "base": note.base,
    }
    return {name: value for name, value in kept.items() if value is not None}


def _to_increase(stored: Mapping[str, Any]) -> IncreaseNote:
    return IncreaseNote(
        request_id=stored["request_id"],
        wanted=stored["wanted"],
        reason=stored.get("reason", ""),
        limit=stored.get("limit"),
        until=_time(stored.get("until")),
        by=stored.get("by"),
        note=stored.get("note", ""),
        answer_by=_time(stored.get("answer_by")),
        base=stored.get("base"),
    )


def _from_spending(spending: Spending) -> Item:
    """What models took is looked up when it is told."""
    lately = spending.burst
    return {
        "last_day": spending.last_day,
        "milliseconds": spending.span // _MILLISECOND,
        **(
            {"lately": {"amount": lately.amount, "milliseconds": lately.span // _MILLISECOND}}
            if lately
            else {}
        ),
    }


def _to_spending(stored: Mapping[str, Any]) -> Spending:
    lately = stored.get("lately")
    return Spending(
        last_day=stored["last_day"],
        span=int(stored["milliseconds"]) * _MILLISECOND,
        burst=SpendingBurst(lately["amount"], int(lately["milliseconds"]) * _MILLISECOND) if lately else None,
    )


def _epoch(at: datetime | None) -> Decimal | None:
    return None if at is None else epoch(at)


def _moment(seconds: Decimal | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _text(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_rfc3339(text)
