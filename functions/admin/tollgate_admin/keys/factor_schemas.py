"""Price factors on the wire: those of models, those for a time, and which are in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, PlainSerializer, model_validator

from tollgate.clock import rfc3339
from tollgate.pricing import price_terms
from tollgate.pricing.price_terms import ScheduledFactor
from tollgate_admin.web.wire_types import Expiry, Factor, RequestModel, SystemName, Usd, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tollgate.ledger.scopes import Scope

# They are part of an item that each call writes.
_MAX_FACTORS = 50
_MAX_SCHEDULED = 12

_When = Annotated[Expiry, PlainSerializer(rfc3339, return_type=str)]
ModelFactors = Annotated[dict[SystemName, Factor], Field(max_length=_MAX_FACTORS)]


class ScheduledFactorBody(RequestModel):
    """A factor from a moment on and before another, open where null; of all models unless they are named."""

    factor: Factor
    starts_at: Annotated[_When | None, Field(alias="from")] = None
    ends_at: Annotated[_When | None, Field(alias="until")] = None
    models: Annotated[list[SystemName], Field(min_length=1, max_length=_MAX_FACTORS)] | None = None

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            message = "until must be later than from"
            raise ValueError(message)
        return self

    def to_factor(self) -> ScheduledFactor:
        models = None if self.models is None else frozenset(self.models)
        return ScheduledFactor(self.factor, self.starts_at, self.ends_at, models)

    @classmethod
    def of(cls, scheduled: ScheduledFactor) -> Self:
        return cls(
            factor=scheduled.factor,
            starts_at=scheduled.starts_at,
            ends_at=scheduled.ends_at,
            models=None if scheduled.models is None else sorted(scheduled.models),
        )


FactorSchedule = Annotated[tuple[ScheduledFactorBody, ...], Field(max_length=_MAX_SCHEDULED)]


class FactorInEffect(View):
    """A factor, and the key that sets it; null if none does."""

    price_factor: Usd
    source: Annotated[str | None, Field(alias="from")]


class PriceTermsInEffect(View):
    """What a key's calls are charged by at present, and the keys that say so; null where none does.

    `models` are those that the key or one above it names in a factor.
    """

    price_factor: Usd
    price_factor_from: str | None
    models: dict[str, FactorInEffect]
    minimum_fee: Usd
    minimum_fee_from: str | None

    @classmethod
    def of(cls, chain: Sequence[Scope], at: datetime) -> Self:
        """`chain` is the key and all above it."""
        terms = [scope.price_terms for scope in chain]
        plain = price_terms.tariff(terms, None, at)
        return cls(
            price_factor=plain.factor,
            price_factor_from=_id(chain, price_terms.factor_source(terms, None, at)),
            models={
                model: FactorInEffect(
                    price_factor=price_terms.tariff(terms, model, at).factor,
                    source=_id(chain, price_terms.factor_source(terms, model, at)),
                )
                for model in sorted({model for each in terms for model in each.models})
            },
            minimum_fee=plain.minimum_fee,
            minimum_fee_from=_id(chain, price_terms.fee_source(terms)),
        )


def _id(chain: Sequence[Scope], place: int | None) -> str | None:
    return None if place is None else chain[place].key_id


def from_bodies(bodies: Iterable[ScheduledFactorBody]) -> tuple[ScheduledFactor, ...]:
    return tuple(each.to_factor() for each in bodies)


def to_bodies(schedule: Iterable[ScheduledFactor]) -> tuple[ScheduledFactorBody, ...]:
    return tuple(ScheduledFactorBody.of(each) for each in schedule)
