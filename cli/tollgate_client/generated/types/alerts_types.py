"""Types of alerts. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from tollgate_client.generated.types.shared_types import Level, ThresholdBody

AlertKind = Literal[
    "threshold",
    "reminder",
    "forecast",
    "recovery",
    "test",
    "metering",
    "pack_nearly_used",
    "pack_expiring",
    "downgrading",
    "limit_raised",
    "limit_fell_back",
    "increase_asked",
    "increase_approved",
    "increase_denied",
    "increase_ending",
    "increase_ended",
]
Channel = Literal["email", "topic"]
DeliveryState = Literal["pending", "sent", "failed"]


class AlertDefaultsEdit(TypedDict):
    """All alert defaults. `revision` is optional and, like If-Match, requires that current revision."""

    budgetAlertThresholds: list[ThresholdBody]
    debounceSeconds: int
    remindAfterSeconds: int | None
    forecastDays: int
    notifyRecovery: bool
    adminEmails: list[str]
    consoleUrl: str | None
    revision: NotRequired[int | None]


class AlertDefaultsView(TypedDict):
    """`revision` is 0 until an admin sets the defaults."""

    budgetAlertThresholds: list[ThresholdBody]
    debounceSeconds: int
    remindAfterSeconds: int | None
    forecastDays: int
    notifyRecovery: bool
    adminEmails: list[str]
    consoleUrl: str | None
    revision: int


class AlertTest(TypedDict):
    """`percent` defaults to the key's highest threshold."""

    keyId: str
    percent: NotRequired[int | None]


class AlertView(TypedDict):
    """An alert, with the key's name and its budget's `limit` and `used` (USD) at the time of the alert.

    `alsoPassed` lists lower thresholds passed at the same time. `exhaustedAt` is when a forecast
    expected the limit to be reached. Of an alert about a pack, `window` is `pack`, and `limit` and
    `used` are the pack's. Of `pack`, `temporaryLimit`, `metering` and `downgrade` it has the one that
    its kind is about.
    """

    id: str
    keyId: str
    keyName: str
    kind: AlertKind
    level: Level
    window: str
    percent: int | None
    alsoPassed: list[int]
    limit: str
    used: str
    resetsAt: str | None
    exhaustedAt: str | None
    pack: AlertedPack | None
    temporaryLimit: AlertedLimit | None
    metering: AlertedMetering | None
    downgrade: AlertedDowngrade | None
    createdAt: str
    deliveries: list[DeliveryView]


class AlertedDowngrade(TypedDict):
    """Which models serve instead of which, until less than `exitPercent` is used."""

    exitPercent: int
    rules: list[AlertedRule]


class AlertedLimit(TypedDict):
    """A temporary limit that the key's policy has set over the lasting `base`."""

    base: str
    limit: str
    until: str


class AlertedMetering(TypedDict):
    """How what is beyond the quota is charged, and how much of it there may be; null for no limit."""

    overageFactor: str
    overageLimit: str | None


class AlertedPack(TypedDict):
    """The pack that an alert is about. `models` are those that it pays for, null for all."""

    id: str
    name: str | None
    expiresAt: str | None
    models: list[str] | None


_AlertedRule = TypedDict("_AlertedRule", {"from": str})


class AlertedRule(_AlertedRule):
    to: list[str]


class DeliveryView(TypedDict):
    """`address` is null for the topic. `error` is the reason why the last attempt failed."""

    channel: Channel
    address: str | None
    state: DeliveryState
    attempts: int
    sentAt: str | None
    error: str | None
