"""The APIs that an administrator states a provider to speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.catalog import base_urls, spoken_apis, usual_endpoints
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
        base_url = body.base_url
        if base_url is None:
            base_url = usual.base_url
        elif base_url != _shown(provider, body.api):
            field = f"apis.{place}.baseUrl"
            checked = provider_urls.checked(base_url, loopback_allowed=loopback_allowed, field=field)
            base_url = base_urls.completed_for(body.api, checked)
        found[body.api] = ApiEndpoint(body.api, base_url, body.auth_header or usual.auth_header)
    return tuple(found[api] for api in ProviderApi if api in found)


def _shown(provider: Provider, api: ProviderApi) -> str | None:
    """The base URL that is shown, which is complete, even if its host alone would be completed."""
    spoken = spoken_apis.endpoint(provider, api)
    return None if spoken is None else spoken.base_url
