"""The APIs that an administrator states a provider to speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import base_urls, usual_endpoints
from tollgate.catalog.catalog import ApiEndpoint, ProviderApi
from tollgate_admin.catalog import provider_urls
from tollgate_admin.web import problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.catalog.catalog import Provider
    from tollgate_admin.catalog.endpoints.api_schemas import ApiBody


def listed(
    provider: Provider, bodies: Sequence[ApiBody], *, loopback_allowed: bool
) -> tuple[ApiEndpoint, ...]:
    """Each API once, in the order of `ProviderApi`, with what isn't said as it is usual at the provider.

    Raises `ProblemError` for one that is named twice, and for a base URL that no provider may have.
    """
    found: dict[ProviderApi, ApiEndpoint] = {}
    for place, body in enumerate(bodies):
        if body.api in found:
            raise problems.invalid(f"apis.{place}.api", "is already in the list")
        usual = usual_endpoints.usual_endpoint(provider, body.api)
        found[body.api] = ApiEndpoint(
            body.api,
            usual.base_url
            if body.base_url is None
            else base_urls.completed_for(
                body.api,
                provider_urls.checked(
                    body.base_url, loopback_allowed=loopback_allowed, field=f"apis.{place}.baseUrl"
                ),
            ),
            body.auth_header or usual.auth_header,
        )
    return tuple(found[api] for api in ProviderApi if api in found)
