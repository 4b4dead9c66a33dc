"""Alerts as they are shown: what was told, and what became of each delivery."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from tollgate.alerts.alerts import Alert, AlertKind, Delivery, DeliveryState
from tollgate.ledger.thresholds import Level
from tollgate_admin.alerts.news_schemas import (
    AlertedDowngrade,
    AlertedLimit,
    AlertedMetering,
    AlertedPack,
    news_fields,
)
from tollgate_admin.web.wire_types import Moment, Usd, View


class Channel(StrEnum):
    EMAIL = "email"
    TOPIC = "topic"


class DeliveryView(View):
    """`address` is null for the topic. `error` is the reason why the last attempt failed."""

    channel: Channel
    address: str | None
    state: DeliveryState
    attempts: int
    sent_at: Moment | None
    error: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            channel=Channel.TOPIC if delivery.address is None else Channel.EMAIL,
            address=delivery.address,
            state=delivery.state,
            attempts=delivery.attempts,
            sent_at=delivery.sent_at,
            error=delivery.error,
        )


class AlertView(View):
    """An alert, with the key's name and its budget's `limit` and `used` (USD) at the time of the alert.

    `alsoPassed` lists lower thresholds passed at the same time. `exhaustedAt` is when a forecast expected
    the limit to be reached. Of an alert about a pack, `window` is `pack`, and `limit` and `used` are the
    pack's. Of `pack`, `temporaryLimit`, `metering` and `downgrade` it has the one that its kind is about.
    """

    id: str
    key_id: str
    key_name: str
    kind: AlertKind
    level: Level
    window: str
    percent: int | None
    also_passed: list[int]
    limit: Usd
    used: Usd
    resets_at: Moment | None
    exhausted_at: Moment | None
    pack: AlertedPack | None = None
    temporary_limit: AlertedLimit | None = None
    metering: AlertedMetering | None = None
    downgrade: AlertedDowngrade | None = None
    created_at: Moment
    deliveries: list[DeliveryView]

    @classmethod
    def of(cls, alert: Alert) -> Self:
        content = alert.content
        return cls(
            id=alert.id,
            key_id=alert.key_id,
            key_name=alert.key_name,
            kind=content.kind,
            level=content.level,
            window=content.window,
            percent=content.percent,
            also_passed=list(content.also),
            limit=content.limit,
            used=content.used,
            resets_at=content.resets_at,
            exhausted_at=content.exhausted_at,
            created_at=alert.created_at,
            **news_fields(content.news),
            deliveries=[DeliveryView.of(each) for each in sorted(alert.deliveries.values(), key=_place)],
        )


def _place(delivery: Delivery) -> tuple[bool, str]:
    """Mails by their addresses, then the topic: stored, deliveries have no order."""
    return delivery.address is None, delivery.address or ""
