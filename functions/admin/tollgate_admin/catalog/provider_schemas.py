"""Providers on the wire."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from tollgate.catalog import spoken_apis
from tollgate.catalog.catalog import AuthHeader, OutputLimit, Provider, ProviderType, StreamUsage
from tollgate.pricing.vendors import Vendor
from tollgate_admin.catalog.endpoints.api_schemas import Apis, ApiView, BaseUrl
from tollgate_admin.web import field_errors
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import ManagedBy, Moment, ProviderName, RequestModel, View

# A key that a header has, or a document as a cloud hands it out, in one line.
ProviderKey = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=4096,
        pattern=field_errors.pattern(r"^[\x20-\x7e]+$", "must be printable ASCII"),
    ),
]
# A beta's name, or what names begin with and then `*`; `*` alone for all.
BetaHeader = Annotated[
    str,
    StringConstraints(
        max_length=128,
        pattern=field_errors.pattern(
            r"^([\x21-\x29\x2b\x2d-\x7e]+\*?|\*)$",
            "must be the name of a beta, or the beginning of names followed by `*`",
        ),
    ),
]
BetaHeaders = Annotated[list[BetaHeader], Field(max_length=64)]


class ProviderCreation(RequestModel):
    """Omitted settings follow from the provider's type and host; `apis` go on doing so."""

    name: ProviderName
    type: ProviderType
    base_url: BaseUrl
    api_key: ProviderKey = Field(default="", repr=False)
    auth_header: AuthHeader | None = None
    output_limit_name: OutputLimit | None = None
    stream_usage: StreamUsage | None = None
    vendor: Vendor | None = None
    beta_headers: BetaHeaders = Field(default_factory=list)
    apis: Apis | None = None
    managed_by: ManagedBy | None = None


class ProviderEdit(RequestModel):
    """Omitted fields keep their values. `apis` replaces the whole list; null has it follow from the rest."""

    base_url: BaseUrl = ""
    api_key: ProviderKey = Field(default="", repr=False)
    auth_header: AuthHeader = AuthHeader.AUTHORIZATION
    output_limit_name: OutputLimit = OutputLimit.MAX_COMPLETION_TOKENS
    stream_usage: StreamUsage = StreamUsage.ON_REQUEST
    vendor: Vendor = Vendor.OTHER
    beta_headers: BetaHeaders = Field(default_factory=list)
    apis: Apis | None = None
    managed_by: ManagedBy | None = None


class KeyCheck(RequestModel):
    """A key that a provider may have."""

    api_key: ProviderKey = Field(repr=False)


class KeyMatch(View):
    """Whether it has it."""

    matches: bool


class ProvidersQuery(ListQuery):
    """`managedBy` is the whole label."""

    managed_by: ManagedBy | None = None


class ProviderView(View):
    """`apis` are those that the provider speaks; `apisStated` is false if they follow from the rest."""

    id: str
    name: str
    type: ProviderType
    base_url: str
    has_api_key: bool
    auth_header: AuthHeader
    output_limit_name: OutputLimit
    stream_usage: StreamUsage
    vendor: Vendor
    beta_headers: list[str]
    apis: list[ApiView]
    apis_stated: bool
    managed_by: str | None
    revision: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, provider: Provider) -> Self:
        return cls(
            id=provider.id,
            name=provider.name,
            type=provider.type,
            base_url=provider.base_url,
            has_api_key=provider.credential_version > 0,
            auth_header=provider.auth_header,
            output_limit_name=provider.output_limit,
            stream_usage=provider.stream_usage,
            vendor=provider.vendor,
            beta_headers=list(provider.beta_headers),
            apis=[ApiView.of(each) for each in spoken_apis.endpoints_of(provider)],
            apis_stated=provider.apis is not None,
            managed_by=provider.managed_by,
            revision=provider.revision,
            created_at=provider.created_at,
            updated_at=provider.updated_at,
        )
