"""A provider's APIs as a file states them, and as the gateway shows them, with what follows from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate.catalog import base_urls, usual_endpoints
from tollgate.catalog.catalog import AuthHeader, ProviderApi, ProviderType
from tollgate.pricing import vendors
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate_cli.configuration.declared_things import Fields


@dataclass(frozen=True, slots=True)
class AskedProvider:
    """How a provider is asked, from which follows where its APIs are."""

    type: ProviderType
    base_url: str
    vendor: Vendor
    auth_header: AuthHeader


def as_edited(shown: Fields, wanted: Fields) -> AskedProvider:
    """How a provider is asked once it has what is wanted, its base URL completed, besides what it has."""
    base_url = wanted.get("baseUrl", shown["baseUrl"])
    vendor = Vendor(shown["vendor"])
    if vendor is vendors.vendor_of(shown["baseUrl"]):
        vendor = vendors.vendor_of(base_url)
    return AskedProvider(
        ProviderType(shown["type"]),
        base_url,
        Vendor(wanted.get("vendor", vendor)),
        AuthHeader(wanted.get("authHeader", shown["authHeader"])),
    )


def completed(stated: Sequence[Mapping[str, Any]], asked: AskedProvider) -> list[dict[str, Any]]:
    """The APIs in their order, each with its base URL and header, as the gateway stores them."""
    order = list(ProviderApi)
    return sorted(
        (_completed(each, asked) for each in stated), key=lambda each: order.index(ProviderApi(each["api"]))
    )


def as_written(shown: Sequence[Mapping[str, Any]], asked: AskedProvider) -> list[dict[str, Any]]:
    """The APIs without what follows from the rest."""
    return [_as_written(each, asked) for each in shown]


def _completed(stated: Mapping[str, Any], asked: AskedProvider) -> dict[str, Any]:
    api = ProviderApi(stated["api"])
    usual = usual_endpoints.usual_endpoint(asked, api)
    given = stated.get("baseUrl")
    return {
        "api": api.value,
        "baseUrl": usual.base_url if given is None else base_urls.completed_for(api, given.rstrip("/")),
        "authHeader": stated.get("authHeader") or usual.auth_header.value,
    }


def _as_written(shown: Mapping[str, Any], asked: AskedProvider) -> dict[str, Any]:
    api = ProviderApi(shown["api"])
    usual = usual_endpoints.usual_endpoint(asked, api)
    written = {"api": api.value}
    if shown["baseUrl"] != usual.base_url:
        written["baseUrl"] = base_urls.as_written(shown["baseUrl"], base_urls.shape_of(api))
    if shown["authHeader"] != usual.auth_header:
        written["authHeader"] = shown["authHeader"]
    return written
