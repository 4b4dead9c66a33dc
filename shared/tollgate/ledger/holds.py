"""Holds: open requests on a scope, each with what is reserved for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.records import RecordKind


class AbandonedPolicy(StrEnum):
    """What a request is charged whose process died before it was settled.

    `charge`: the whole hold, an upper bound of what the provider may bill. `charge_input`: the bound of its
    input alone. `release`: nothing.
    """

    CHARGE = "charge"
    CHARGE_INPUT = "charge_input"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class HeldCall:
    """What a request's record needs if the process that serves it dies.

    `input_cost` is USD, a bound of what its input alone is charged as. `price_factor` is that of its tariff.
    """

    model: str
    kind: RecordKind
    price_version: str
    prompt_tokens: int
    input_cost: Decimal
    streamed: bool
    price_factor: Decimal = money.ONE


@dataclass(frozen=True, slots=True)
class Hold:
    """An open request on a scope.

    `amount` (USD) and `tokens` are reserved for it; the budget of a soft scope doesn't mind them. `at` is
    the moment of admission, by which it belongs to a window and a minute; after `expires_at` its process
    must be dead. A key's own hold has the `call`, an ancestor's the `key_id` that the request came with.
    """

    amount: Decimal
    tokens: int
    at: datetime
    expires_at: datetime
    key_id: str | None = None
    call: HeldCall | None = None

    @property
    def is_of_nothing(self) -> bool:
        """Whether a key's own hold only counts its request, which asks for nothing that costs."""
        return self.call is None and not self.amount and not self.tokens
