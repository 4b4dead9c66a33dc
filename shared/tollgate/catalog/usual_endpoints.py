"""Where a provider speaks an API if nothing is said of it, though it be said that it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tollgate.catalog import base_urls, spoken_apis
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider, ProviderApi, ProviderType
    from tollgate.pricing.vendors import Vendor


class HowAsked(Protocol):
    """What of a provider tells where it speaks an API."""

    @property
    def type(self) -> ProviderType: ...
    @property
    def base_url(self) -> str: ...
    @property
    def vendor(self) -> Vendor: ...
    @property
    def auth_header(self) -> AuthHeader: ...


def usual_endpoint(provider: HowAsked, api: ProviderApi) -> ApiEndpoint:
    """Where a provider speaks an API, or would if nothing more were said of it."""
    known = spoken_apis.defaults(provider.type, provider.base_url, provider.vendor, provider.auth_header)
    found = next((each for each in known if each.api is api), None)
    if found is not None:
        return found
    if base_urls.shape_of(api) is provider.type:
        return ApiEndpoint(api, provider.base_url, provider.auth_header)
    header = provider.auth_header
    return ApiEndpoint(
        api,
        base_urls.completed_for(api, provider.base_url),
        AuthHeader.AUTHORIZATION if header in spoken_apis.KEY_HEADERS else header,
    )


def followed(before: Provider, after: Provider) -> Provider:
    """`after`, whose stated endpoints go with its base URL and header so far as nothing else was said."""
    if after.apis is None:
        return after
    return replace(after, apis=tuple(_followed(before, after, each) for each in after.apis))


def _followed(before: Provider, after: Provider, stated: ApiEndpoint) -> ApiEndpoint:
    was, is_now = usual_endpoint(before, stated.api), usual_endpoint(after, stated.api)
    return ApiEndpoint(
        stated.api,
        is_now.base_url if stated.base_url == was.base_url else stated.base_url,
        is_now.auth_header if stated.auth_header is was.auth_header else stated.auth_header,
    )
