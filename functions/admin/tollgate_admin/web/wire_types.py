"""JSON on the wire: camelCase, unknown fields refused, money as exact decimal strings."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from tollgate import money
from tollgate.clock import rfc3339
from tollgate_admin.web import field_errors


def _require_types(schema: Any) -> None:
    """Makes a schema's numbers and truth values be what they are in JSON."""
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "bool"):
            schema["strict"] = True
        for name, within in schema.items():
            if name != "metadata":
                _require_types(within)
    elif isinstance(schema, list | tuple):
        for within in schema:
            _require_types(within)


class RequestModel(BaseModel):
    """A body that clients send."""

    # Where a body is part of an answer, too, the answer has all of its fields.
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )

    # JSON tells numbers and truth values from text, so that `"5"` for a number is a client's mistake.
    _has_typed_values: ClassVar[bool] = True

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if cls._has_typed_values:
            _require_types(schema)
        return schema

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, by their names here."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class QueryModel(RequestModel):
    """What clients send in a query, where numbers and truth values are text."""

    _has_typed_values: ClassVar[bool] = False


class View(BaseModel):
    """What the API answers with."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, json_schema_serialization_defaults_required=True
    )


class FieldError(View):
    """What is wrong with a field of the body, named by its path, or with a parameter."""

    field: str
    message: str


T = TypeVar("T")


class Page(View, Generic[T]):
    """A page of a list; `nextCursor` is null on the last one."""

    data: list[T]
    next_cursor: str | None


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "must be in the years 1 to 9999"
        raise ValueError(message) from error


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "must be a time zone of the IANA database"
        raise ValueError(message) from error
    return name


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    rf"{_DAY.pattern}[Tt][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)
_FIRST_YEAR, _LAST_YEAR = 2000, 9998


def _day(given: Any) -> date:
    """A date as RFC 3339 writes it: neither a number nor another form that Python knows."""
    if isinstance(given, date):
        return given
    if not isinstance(given, str) or not _DAY.fullmatch(given):
        message = "must be a date like 2026-01-31"
        raise ValueError(message)
    return date.fromisoformat(given)


def _moment(given: Any) -> datetime:
    """A moment as RFC 3339 writes it, in UTC."""
    if isinstance(given, datetime):
        return _in_utc(given)
    if not isinstance(given, str) or not _MOMENT.fullmatch(given):
        message = "must be a time like 2026-01-31T23:59:59Z"
        raise ValueError(message)
    return _in_utc(datetime.fromisoformat(given.upper()))


def _moment_or_day(given: Any) -> date | datetime:
    read = _day(given) if isinstance(given, str) and _DAY.fullmatch(given) else _moment(given)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        message = f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}"
        raise ValueError(message)
    return read


# Python's `Decimal` also takes underscores, spaces, exponents and the digits of every script.
_PLAIN_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _in_plain_digits(given: Any) -> Any:
    """A number, or one as text in plain digits."""
    if isinstance(given, str) and not _PLAIN_DIGITS.fullmatch(given):
        message = "must be a number in plain digits like 12.50"
        raise ValueError(message)
    return given


_FROM_DIGITS = BeforeValidator(_in_plain_digits)
_AS_STRING = PlainSerializer(money.to_string, return_type=str, when_used="unless-none")
Amount = Annotated[
    Decimal, Field(ge=0, le=money.AMOUNT_MAX, decimal_places=money.AMOUNT_DECIMALS), _FROM_DIGITS, _AS_STRING
]
Price = Annotated[
    Decimal, Field(ge=0, le=money.PRICE_MAX, decimal_places=money.PRICE_DECIMALS), _FROM_DIGITS, _AS_STRING
]
Factor = Annotated[
    Decimal, Field(ge=0, le=money.FACTOR_MAX, decimal_places=money.FACTOR_DECIMALS), _FROM_DIGITS, _AS_STRING
]
Usd = Annotated[Decimal, _AS_STRING]
SafetyLevel = Annotated[int, Field(ge=0, le=100)]
Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Date = Annotated[date, BeforeValidator(_day)]
Expiry = Annotated[AwareDatetime, BeforeValidator(_moment)]
MomentOrDay = Annotated[
    date | datetime,
    PlainValidator(_moment_or_day),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
KeyId = Annotated[
    str, StringConstraints(pattern=field_errors.pattern(r"^key_[0-9A-Za-z]{16}$", "is not the id of a key"))
]
# An e-mail address within a pattern, and how long one is at most.
# Of what RFC 5321 allows, what mail services take: no quotes, lists, comments or display names, and a host
# of at least two labels. Domains of other scripts are written in Punycode.
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({_LABEL}\.)+{_LABEL}"
ADDRESS_LENGTH = 254
Email = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(rf"^{ADDRESS}$", "is not an e-mail address"), max_length=ADDRESS_LENGTH
    ),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
# What a configuration marks the things with that it manages.
ManagedBy = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(r"^[A-Za-z0-9._/-]{1,64}$", "must be 1 to 64 letters, digits and `-_./`")
    ),
]
# What stands in a header's value and in a path: printable ASCII without spaces at its ends.
ProviderName = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$",
            "must be 1 to 64 letters, digits, spaces and `._-`, with a letter or digit at both ends",
        )
    ),
]
SystemName = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$",
            "must be 1 to 128 letters, digits and `._:/@+-`, with a letter or digit first",
        )
    ),
]
