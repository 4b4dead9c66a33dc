"""The catalog file: well-known models with their vendors' list prices, read strictly.

Prices are USD per 1M tokens, as decimal strings; a request's price and a tool's are USD per request
and per call. The names are the admin API's, so an entry is sent to it as it stands.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from tollgate import money
from tollgate_admin.web.wire_types import Zone

SHIPPED = Path(__file__).with_name("models.json")

TOKENS_MAX = 99_999_999

_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")


class CatalogError(Exception):
    """A catalog that can't be used, in words for the person who wrote it."""


def _from_string(value: object) -> Decimal:
    if isinstance(value, Decimal):  # what the importer makes
        return value
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        message = 'must be a decimal number in a string, as "0.15"'
        raise ValueError(message)
    return Decimal(value)


def _each_once(days: list[str]) -> list[str]:
    if len(days) != len(set(days)):
        message = "names a day twice"
        raise ValueError(message)
    return days


_AS_STRING = PlainSerializer(money.to_string, return_type=str, when_used="unless-none")
Price = Annotated[
    Decimal,
    BeforeValidator(_from_string),
    Field(ge=0, le=money.PRICE_MAX, decimal_places=money.PRICE_DECIMALS),
    _AS_STRING,
]
Multiplier = Annotated[
    Decimal,
    BeforeValidator(_from_string),
    Field(gt=0, le=money.FACTOR_MAX, decimal_places=money.FACTOR_DECIMALS),
    _AS_STRING,
]
Tokens = Annotated[int, Field(strict=True, ge=1, le=TOKENS_MAX)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$")]
Vendor = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]+\.[a-z]{2,}(/[!-~]*)?$", max_length=512)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Rates(_Part):
    """USD per 1M tokens. A class without a rate costs what the class that it is part of does."""

    input_price: Price | None = None
    output_price: Price | None = None
    cached_input_price: Price | None = None
    cache_write_price: Price | None = None
    cache_write_1h_price: Annotated[Price | None, Field(alias="cacheWrite1hPrice")] = None
    reasoning_price: Price | None = None
    input_audio_price: Price | None = None
    output_audio_price: Price | None = None
    input_image_price: Price | None = None
    output_image_price: Price | None = None


class Tier(Rates):
    """Rates of requests whose whole prompt is longer than `abovePromptTokens`."""

    above_prompt_tokens: Tokens

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.model_fields_set <= {"above_prompt_tokens"}:
            message = "a tier needs a price"
            raise ValueError(message)
        return self


class Window(_Part):
    """Hours at which tokens cost a multiple. An end at or before the start is on the next day."""

    days: Annotated[list[Day], Field(min_length=1), AfterValidator(_each_once)]
    start: Clock
    end: Clock
    zone: Zone
    multiplier: Multiplier


class Prices(Rates):
    """All that a model costs: the part of an entry that a later load may change."""

    request_price: Price | None = None
    tool_prices: dict[Label, Price] = {}
    tiers: list[Tier] = []
    service_tiers: dict[Label, Multiplier] = {}
    service_tier_prices: dict[Label, Rates] = {}
    inference_geos: dict[Label, Multiplier] = {}
    windows: list[Window] = []

    @model_validator(mode="after")
    def _tiers_ascend(self) -> Self:
        bounds = [tier.above_prompt_tokens for tier in self.tiers]
        if bounds != sorted(set(bounds)):
            message = "tiers must be ascending and distinct by abovePromptTokens"
            raise ValueError(message)
        return self


class Entry(Prices):
    """A model with its prices, and where and on which day they were read.

    `validUntil` is the last day of a price that its vendor has announced to end.
    """

    system_name: Name
    vendor: Vendor
    model_type: Literal["chat", "embedding"]
    input_price: Price
    context_limit: Tokens | None = None
    output_limit: Tokens | None = None
    source: Url
    sourced_at: date
    valid_until: date | None = None

    @model_validator(mode="after")
    def _limits_fit(self) -> Self:
        if self.context_limit and self.output_limit and self.output_limit > self.context_limit:
            message = "outputLimit must not exceed contextLimit"
            raise ValueError(message)
        return self

    def imported(self) -> dict[str, Any]:
        """What an import takes of the entry, as it goes over the wire."""
        return {
            "systemName": self.system_name,
            "modelType": self.model_type,
            "contextLimit": self.context_limit,
            "outputLimit": self.output_limit,
            "source": self.source,
            "sourcedAt": self.sourced_at.isoformat(),
            "validUntil": self.valid_until and self.valid_until.isoformat(),
            **self.prices(),
        }

    def prices(self) -> dict[str, Any]:
        """Every price field: null, empty or 0 where the entry has none."""
        return self.model_dump(mode="json", by_alias=True, include=set(Prices.model_fields)) | {
            "requestPrice": money.to_string(self.request_price or money.ZERO),
            "tiers": [_sent(tier) for tier in self.tiers],
            "serviceTierPrices": {name: _sent(rates) for name, rates in self.service_tier_prices.items()},
        }


def _sent(rates: Rates) -> dict[str, Any]:
    return rates.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Catalog(_Part):
    """The file: its entries, and the models that it must not lack."""

    expected: list[Name] = []
    models: list[Entry]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        taken = Counter(entry.system_name for entry in self.models)
        twice = sorted(name for name, count in taken.items() if count > 1)
        if twice:
            message = f"models listed twice: {', '.join(twice)}"
            raise ValueError(message)
        return self


def read(path: Path = SHIPPED) -> Catalog:
    """Raises CatalogError, with every field that is wrong."""
    try:
        content = json.loads(path.read_bytes(), parse_float=Decimal, object_pairs_hook=_without_repeats)
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}"
        raise CatalogError(message) from error
    except ValueError as error:
        message = f"{path} is not valid JSON: {error}"
        raise CatalogError(message) from error
    try:
        return Catalog.model_validate(content)
    except ValidationError as error:
        faults = (f"  {_place(fault['loc'], content)}: {fault['msg']}" for fault in error.errors())
        message = "\n".join((f"{path} is not a valid catalog:", *faults))
        raise CatalogError(message) from error


def render(entries: list[Entry]) -> str:
    """The file's text for these entries, without the fields that they have not."""
    models = [
        entry.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
        for entry in entries
    ]
    return json.dumps({"models": models}, indent=2, ensure_ascii=False) + "\n"


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        repeated = sorted(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        message = f"an object names {', '.join(repeated)} twice"
        raise ValueError(message)
    return fields


def _place(location: tuple[int | str, ...], content: Any) -> str:
    """A field's place, with the model's name for its number where it has one."""
    if len(location) > 1 and location[0] == "models" and isinstance(location[1], int):
        entry = content["models"][location[1]]
        name = entry.get("systemName") if isinstance(entry, dict) else None
        location = (name or f"models[{location[1]}]", *location[2:])
    return ".".join(map(str, location)) or "the file"
