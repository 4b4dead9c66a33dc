"""A provider's APIs on the wire."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi
from tollgate_admin.web.wire_types import RequestModel, View

BaseUrl = Annotated[str, StringConstraints(max_length=512)]


class ApiBody(RequestModel):
    """Without `baseUrl` and `authHeader`, they follow from the provider's type, base URL and vendor."""

    api: ProviderApi
    base_url: BaseUrl | None = None
    auth_header: AuthHeader | None = None


Apis = Annotated[list[ApiBody], Field(min_length=1, max_length=len(ProviderApi))]


class ApiView(View):
    """Where a provider speaks an API, and the header that it takes its key in there."""

    api: ProviderApi
    base_url: str
    auth_header: AuthHeader

    @classmethod
    def of(cls, endpoint: ApiEndpoint) -> Self:
        return cls(api=endpoint.api, base_url=endpoint.base_url, auth_header=endpoint.auth_header)
