"""JSON on the wire: camelCase, unknown fields refused, money as exact decimal strings."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar

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
from tollgate.clock import rfc3339, utc_now
from tollgate.scopes import Enforcement, KeyStatus, Scope
from tollgate.thresholds import Level, Recipient, Threshold


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


def _ascending(thresholds: tuple[ThresholdBody, ...]) -> tuple[ThresholdBody, ...]:
    percents = [each.percent for each in thresholds]
    if percents != sorted(set(percents)):
        message = "percents must ascend, each one once"
        raise ValueError(message)
    return thresholds


_AS_STRING = PlainSerializer(money.to_string, return_type=str, when_used="unless-none")
Amount = Annotated[
    Decimal, Field(ge=0, le=money.AMOUNT_MAX, decimal_places=money.AMOUNT_DECIMALS), _AS_STRING
]
Price = Annotated[Decimal, Field(ge=0, le=money.PRICE_MAX, decimal_places=money.PRICE_DECIMALS), _AS_STRING]
Factor = Annotated[
    Decimal, Field(ge=0, le=money.FACTOR_MAX, decimal_places=money.FACTOR_DECIMALS), _AS_STRING
]
Usd = Annotated[Decimal, _AS_STRING]
Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
Expiry = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
# What stands in a header's value and in a path: printable ASCII without spaces at its ends.
ProviderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$")]
SystemName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$")]
Tags = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=256)],
    ],
    Field(max_length=32),
]
AllowedModels = Annotated[list[SystemName], Field(min_length=1, max_length=100)]


class ThresholdBody(Body):
    percent: Annotated[int, Field(ge=1, le=1000)]
    level: Level
    notify: Annotated[list[Recipient], Field(min_length=1, max_length=2)]

    def to_threshold(self) -> Threshold:
        return Threshold(self.percent, self.level, tuple(dict.fromkeys(self.notify)))

    @classmethod
    def of(cls, threshold: Threshold) -> Self:
        return cls(percent=threshold.percent, level=threshold.level, notify=list(threshold.notify))


Thresholds = Annotated[tuple[ThresholdBody, ...], Field(max_length=20), AfterValidator(_ascending)]


class KeyCreation(Body):
    name: Name
    owner_email: Email | None = None
    budget_limit: Amount | None = None
    budget_alert_thresholds: Thresholds | None = None
    alert_debounce_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    enforcement: Enforcement = Enforcement.SOFT
    allowed_models: AllowedModels | None = None
    expires_at: Expiry | None = None
    external_id: Name | None = None
    tags: Tags = {}
    price_factor: Factor = money.ONE


class KeyEdit(Body):
    """Fields that are left out stay as they are; null removes what can be absent."""

    name: Name = ""
    owner_email: Email | None = None
    alert_debounce_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    allowed_models: AllowedModels | None = None
    expires_at: Expiry | None = None
    external_id: Name | None = None
    tags: Tags = {}
    price_factor: Factor = money.ONE


class BudgetEdit(Body):
    """`budgetLimit` null removes the limit; other fields that are left out stay as they are."""

    budget_limit: Amount | None
    budget_alert_thresholds: Thresholds = ()
    owner_email: Email | None = None
    enforcement: Enforcement = Enforcement.SOFT


class KeyView(View):
    id: str
    name: str
    status: KeyStatus
    owner_email: str | None
    enforcement: Enforcement
    budget_limit: Usd | None
    budget_used: Usd
    budget_held: Usd
    budget_remaining: Usd | None
    budget_alert_thresholds: list[ThresholdBody]
    alert_debounce_seconds: int | None
    allowed_models: list[str] | None
    expires_at: Moment | None
    external_id: str | None
    tags: dict[str, str]
    price_factor: Usd
    created_at: Moment
    updated_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        return cls(**key_fields(scope))


class IssuedKeyView(KeyView):
    """A key just created, with the secret that is shown this once."""

    key: str


def key_fields(scope: Scope) -> dict[str, Any]:
    return {
        "id": scope.key_id,
        "name": scope.name,
        "status": scope.status_at(utc_now()),
        "owner_email": scope.owner_email,
        "enforcement": scope.enforcement,
        "budget_limit": scope.budget_limit,
        "budget_used": scope.budget_used,
        "budget_held": scope.budget_held,
        "budget_remaining": scope.budget_remaining,
        "budget_alert_thresholds": [ThresholdBody.of(each) for each in scope.thresholds],
        "alert_debounce_seconds": scope.alert_debounce_seconds,
        "allowed_models": None if scope.allowed_models is None else sorted(scope.allowed_models),
        "expires_at": scope.expires_at,
        "external_id": scope.external_id,
        "tags": scope.tags,
        "price_factor": scope.price_factor,
        "created_at": scope.created_at,
        "updated_at": scope.updated_at,
        "last_used_at": scope.last_used_at,
    }
