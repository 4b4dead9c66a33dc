"""Resource packs on the wire: what they are added with, and how they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field

from tollgate.keys.pack_definitions import PackCategory, PackState
from tollgate_admin.keys.schemas import AllowedModels
from tollgate_admin.web.wire_types import Amount, Expiry, Moment, Name, RequestModel, Usd, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.keys.pack_definitions import PackStanding

_USUAL_PRIORITY = 100
PackAmount = Annotated[Amount, Field(gt=0)]


class PackCreation(RequestModel):
    """A pack of `amount` USD. `priority` orders packs, the lowest first.

    It pays for calls that are admitted from `effectiveAt`, by default now, until just before `expiresAt`, by
    default for good; with `models`, for those alone. `price` is what was paid for it.
    """

    amount: PackAmount
    price: Amount | None = None
    category: PackCategory = PackCategory.PAID
    priority: Annotated[int, Field(ge=0, le=1000)] = _USUAL_PRIORITY
    effective_at: Expiry | None = None
    expires_at: Expiry | None = None
    models: AllowedModels | None = None
    name: Name | None = None
    external_id: Name | None = None


class OwnPackView(View):
    """A pack as the key's holder sees it. `used`, `left` and `voided` add up to `amount`.

    What is `left` of a pack that has expired is lost.
    """

    id: str
    name: str | None
    amount: Usd
    used: Usd
    left: Usd
    voided: Usd
    state: PackState
    category: PackCategory
    priority: int
    effective_at: Moment
    expires_at: Moment | None
    models: list[str] | None
    created_at: Moment

    @classmethod
    def of(cls, standing: PackStanding, now: datetime) -> Self:
        return cls(**own_pack_fields(standing, now))


class PackView(OwnPackView):
    """A pack of a key. `used`, `left` and `voided` add up to `amount`.

    What is `left` of a pack that has expired is lost.
    """

    price: Usd | None
    external_id: str | None

    @classmethod
    def of(cls, standing: PackStanding, now: datetime) -> Self:
        definition = standing.definition
        return cls(
            **own_pack_fields(standing, now), price=definition.price, external_id=definition.external_id
        )


def own_pack_fields(standing: PackStanding, now: datetime) -> dict[str, Any]:
    definition = standing.definition
    return {
        "id": definition.id,
        "name": definition.name,
        "amount": definition.amount,
        "used": standing.used,
        "left": standing.left,
        "voided": standing.voided,
        "state": standing.state_at(now),
        "category": definition.category,
        "priority": definition.priority,
        "effective_at": definition.effective_at,
        "expires_at": definition.expires_at,
        "models": None if definition.models is None else sorted(definition.models),
        "created_at": definition.created_at,
    }
