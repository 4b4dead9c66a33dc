"""Resource packs as admins know them: what was agreed of each, and how it stands.

What settlements need is in the key's own item (`tollgate.ledger.billing.packs`). Of the two, that counts for
what is left for as long as the pack is there; once it is taken out, what it came to is `filed` here.
"""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing.packs import Pack

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

# An id is in each record that a pack has paid a part of, and is unique within its key alone.
_ID_DIGITS = 12


class PackCategory(StrEnum):
    """Whether a pack was bought or given. Of packs that are alike otherwise, promotional ones pay first."""

    PAID = "paid"
    PROMOTIONAL = "promotional"


class PackState(StrEnum):
    """`scheduled`: not in effect yet. `used`: nothing is left. `expired`: what is left is lost. `voided`: an
    admin has ended it.
    """

    SCHEDULED = "scheduled"
    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class FiledPack:
    """What an ended pack came to: what calls drew, USD, and whether an admin has ended it before its time."""

    used: Decimal
    is_voided: bool


@dataclass(frozen=True, slots=True)
class PackDefinition:
    """What was agreed of a key's pack. Amounts are USD.

    `price` is what was paid for it, None if that isn't known here. It pays for calls admitted from
    `effective_at` until just before `expires_at`, of its `models` alone if it has any.
    """

    id: str
    key_id: str
    amount: Decimal
    category: PackCategory
    priority: int
    effective_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    models: frozenset[str] | None = None
    price: Decimal | None = None
    name: str | None = None
    external_id: str | None = None
    filed: FiledPack | None = None

    @property
    def purchase(self) -> Decimal | None:
        """What an invoice has of it, USD: the price of one that was bought, if that is known."""
        return self.price if self.category is PackCategory.PAID else None

    def to_pack(self) -> Pack:
        """The pack as the key's item has it when it is added."""
        return Pack(
            amount=self.amount,
            left=self.amount,
            priority=self.priority,
            effective_at=self.effective_at,
            created_at=self.created_at,
            expires_at=self.expires_at,
            is_promotional=self.category is PackCategory.PROMOTIONAL,
            models=self.models,
            free=None if self.models is None else self.amount,
        )


@dataclass(frozen=True, slots=True)
class PackStanding:
    """How a pack stands. Amounts are USD, and add up to the pack's own: `used`, `left` and `voided`."""

    definition: PackDefinition
    used: Decimal
    is_voided: bool

    @property
    def rest(self) -> Decimal:
        """What calls have not drawn, whatever became of it."""
        return money.difference(self.definition.amount, self.used)

    @property
    def left(self) -> Decimal:
        return money.ZERO if self.is_voided else self.rest

    @property
    def voided(self) -> Decimal:
        return self.rest if self.is_voided else money.ZERO

    def state_at(self, at: datetime) -> PackState:
        if self.is_voided:
            return PackState.VOIDED
        if not self.left:
            return PackState.USED
        expires_at = self.definition.expires_at
        if expires_at is not None and expires_at <= at:
            return PackState.EXPIRED
        return PackState.LIVE if self.definition.effective_at <= at else PackState.SCHEDULED


def standing(definition: PackDefinition, pack: Pack | None) -> PackStanding | None:
    """How a pack stands by its key's item and what was filed; None if it never got there.

    That is so while it is being added, and if that was broken off: whoever asks for it again adds it.
    """
    if pack is not None:
        return _standing(definition, filed(definition, pack))
    return None if definition.filed is None else _standing(definition, definition.filed)


def filed(definition: PackDefinition, pack: Pack) -> FiledPack:
    """What a pack has come to by its key's item. Only voiding gives it another end than was agreed."""
    used = money.difference(pack.amount, pack.left)
    return FiledPack(used, is_voided=pack.expires_at != definition.expires_at)


def _standing(definition: PackDefinition, found: FiledPack) -> PackStanding:
    return PackStanding(definition, used=found.used, is_voided=found.is_voided)


def new_pack_id() -> str:
    return _id(secrets.token_bytes(_ID_DIGITS))


def pack_id_of(key_id: str, external_id: str) -> str:
    """The id of the pack of a key that has an external id, so that asking for it again finds it."""
    return _id(f"{key_id}#{external_id}".encode(errors="surrogatepass"))


def _id(seed: bytes) -> str:
    return f"pck_{hashlib.sha256(seed).hexdigest()[:_ID_DIGITS]}"
