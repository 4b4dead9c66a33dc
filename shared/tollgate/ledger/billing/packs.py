"""Resource packs: amounts that are bought for a scope or given to it, and pay before its quota and budget.

What is here is what a settlement needs to know of a pack. What else is known of it (its name, its price) is
kept elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as its scope's item has it. Amounts are USD.

    `amount` is what it had at first, or what was left it when it was voided, `left` what calls have not drawn
    yet. It pays for calls that are admitted from `effective_at` until just before `expires_at` (None: for
    good), and if it has `models`, for those models alone: then `free` is what no open request has reserved.
    """

    amount: Decimal
    left: Decimal
    priority: int
    effective_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    is_promotional: bool = False
    models: frozenset[str] | None = None
    free: Decimal | None = None
