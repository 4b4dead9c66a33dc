"""Alert thresholds: at which share of a budget who is told, and how urgently."""

from __future__ import annotations

from enum import StrEnum

from tollgate.lean_dataclass import dataclass


class Level(StrEnum):
    WARNING = "warning"
    URGENT = "urgent"
    LIMIT = "limit"


class Recipient(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Reached when `percent` of the budget is used. `notify` are recipients, and addresses besides."""

    percent: int
    level: Level
    notify: tuple[str, ...]


DEFAULT_THRESHOLDS = (
    Threshold(80, Level.WARNING, (Recipient.OWNER,)),
    Threshold(90, Level.WARNING, (Recipient.OWNER,)),
    Threshold(95, Level.URGENT, (Recipient.OWNER, Recipient.ADMIN)),
    Threshold(100, Level.LIMIT, (Recipient.OWNER, Recipient.ADMIN)),
)
