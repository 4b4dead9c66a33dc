"""Holds: open requests on a scope, each with what is reserved for it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
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


class HoldForm(StrEnum):
    """How holds are stored, by the version of the data that began it; all forms are read.

    `SHORT`: as lists, which take least of what each write of a key is charged by. `NAMED`: as maps, which
    release 0.1 reads, too.
    """

    SHORT = "2"
    NAMED = "1"


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
class HoldParts:
    """What a request that ends has been assigned at a scope, before its record is written. Amounts are USD.

    `cost` is what the request is charged in all, `draws` what packs of the scope have paid of that, in the
    order of their use. `included` and `metered` are the rest, where what is beyond the scope's quota is
    metered, None where it isn't.
    """

    cost: Decimal
    draws: Mapping[str, Decimal]
    included: Decimal | None = None
    metered: Decimal | None = None

    @property
    def drawn(self) -> Decimal:
        return money.total(self.draws.values())


@dataclass(frozen=True, slots=True)
class Hold:
    """An open request on a scope.

    `amount` (USD) and `tokens` are reserved for it; the budget of a soft scope doesn't mind them. `at` is
    the moment of admission, by which it belongs to a window and a minute; after `expires_at` its process
    must be dead. A key's own hold has the `call`, an ancestor's the `key_id` that the request came with.

    `reserved` is what it may cost more than `amount`, by pack: ones that pay for some models alone. Once the
    request has been assigned its `parts`, it reserves nothing of packs, and `amount` is less what was drawn
    of those that pay for all models.
    """

    amount: Decimal
    tokens: int
    at: datetime
    expires_at: datetime
    key_id: str | None = None
    call: HeldCall | None = None
    reserved: Mapping[str, Decimal] = field(default_factory=dict)
    parts: HoldParts | None = None

    @property
    def held(self) -> Decimal:
        """What is reserved for it in all, of packs, too."""
        return money.total([self.amount, *self.reserved.values()]) if self.reserved else self.amount

    @property
    def is_of_nothing(self) -> bool:
        """Whether a key's own hold only counts its request, which asks for nothing that costs."""
        return self.call is None and not self.amount and not self.tokens
