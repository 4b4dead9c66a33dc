"""JSON on the wire: camelCase, unknown fields refused, money as exact decimal strings."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic.alias_generators import to_camel

from tollgate import money
from tollgate.clock import rfc3339


class Body(BaseModel):
    """A body that clients send."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, by their names here."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class View(BaseModel):
    """What the API answers with."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


T = TypeVar("T")


class Page(View, Generic[T]):
    """A list's page; `nextCursor` is null on the last."""

    data: list[T]
    next_cursor: str | None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "lies outside the years 1 to 9999"
        raise ValueError(message) from error


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "names no time zone of the IANA database"
        raise ValueError(message) from error
    return name


_AS_STRING = PlainSerializer(money.to_string, return_type=str, when_used="unless-none")
Amount = Annotated[
    Decimal, Field(ge=0, le=money.AMOUNT_MAX, decimal_places=money.AMOUNT_DECIMALS), _AS_STRING
]
Price = Annotated[Decimal, Field(ge=0, le=money.PRICE_MAX, decimal_places=money.PRICE_DECIMALS), _AS_STRING]
Factor = Annotated[
    Decimal, Field(ge=0, le=money.FACTOR_MAX, decimal_places=money.FACTOR_DECIMALS), _AS_STRING
]
Usd = Annotated[Decimal, _AS_STRING]
SafetyLevel = Annotated[int, Field(ge=0, le=100)]
Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Expiry = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
KeyId = Annotated[str, StringConstraints(pattern=r"^key_[0-9A-Za-z]{16}$")]
# An e-mail address within a pattern, and how long one is at most.
ADDRESS, ADDRESS_LENGTH = r"[^@\s]+@[^@\s]+\.[^@\s]+", 254
Email = Annotated[str, StringConstraints(pattern=rf"^{ADDRESS}$", max_length=ADDRESS_LENGTH)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
# What stands in a header's value and in a path: printable ASCII without spaces at its ends.
ProviderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$")]
SystemName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$")]
