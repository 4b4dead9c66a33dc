"""What an alert tells besides how a budget stands: of a pack, a temporary limit, metering or downgrading.

Amounts are USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PackNews:
    """The pack that is told of, whose amount and use the alert has as `limit` and `used`.

    `name` is None if nobody gave it one. `models` are those that it pays for, none for all.
    """

    pack_id: str
    name: str | None
    expires_at: datetime | None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RaiseNews:
    """A temporary `limit` that the key's policy has set over a lasting one, the `base`."""

    base: Decimal
    limit: Decimal
    until: datetime


@dataclass(frozen=True, slots=True)
class MeteringNews:
    """What is charged beyond a quota: its price's `factor`, and how much at most, None for no limit."""

    factor: Decimal
    overage_limit: Decimal | None


@dataclass(frozen=True, slots=True)
class DowngradeNews:
    """Below `exit_percent` it ends. `rules` are a model each and those that serve instead, in order."""

    exit_percent: int
    rules: tuple[tuple[str, tuple[str, ...]], ...]


News = PackNews | RaiseNews | MeteringNews | DowngradeNews
