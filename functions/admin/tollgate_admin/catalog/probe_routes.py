"""Requests to the provider itself: whether it responds, what it speaks, and which models it has."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.catalog.catalog import ApiEndpoint, Provider, ProviderApi, ProviderType
from tollgate_admin.catalog import provider_probe
from tollgate_admin.catalog.endpoints import api_probe, probes
from tollgate_admin.catalog.endpoints.api_probe import ApiTest
from tollgate_admin.catalog.provider_probe import ProbeError, ProviderProbe
from tollgate_admin.catalog.provider_routes import ProviderId, existing
from tollgate_admin.composition import Services, services_of
from tollgate_admin.web.problems import ProblemError
from tollgate_admin.web.wire_types import Page, View

router = APIGatewayRouter()

_SECONDS = 10.0
_MAX_PAGES = 10
_PAGE = 1000
_MAX_ID_CHARACTERS = 128


class ProviderTest(View):
    """Whether a provider lists its models for the stored API key, and if not, why.

    `apis` are all that there are, with whether each was found, of which the rest says nothing.
    """

    ok: bool
    status: int | None
    duration_ms: int
    message: str
    model_count: int | None
    apis: list[ApiTest]


class RemoteModelView(View):
    """A model by the provider's name for it, and the catalog's models that it serves."""

    id: str
    system_names: list[str]


@router.post("/providers/<provider_id>/test")
def check_provider(request: Request, provider_id: ProviderId) -> ProviderTest:
    """Test a provider: list its models, and see which APIs are there by requests that can't be charged.

    A failed test is a normal response; nothing is changed.
    """
    services = services_of(request)
    provider = existing(services.catalog, provider_id)
    begun = time.monotonic()
    try:
        ids, failure = _remote_ids(services, provider), None
    except ProbeError as error:
        ids, failure = [], error
    seconds = time.monotonic() - begun
    return ProviderTest(
        ok=failure is None,
        status=failure.status if failure else HTTPStatus.OK,
        duration_ms=int(seconds * 1000),
        message=failure.message if failure else f"The provider lists {len(ids)} models.",
        model_count=None if failure else len(ids),
        apis=api_probe.found(services, provider),
    )


@router.get("/providers/<provider_id>/remote-models")
def list_remote_models(request: Request, provider_id: ProviderId) -> Page[RemoteModelView]:
    """List the models that a provider itself lists."""
    services = services_of(request)
    provider = existing(services.catalog, provider_id)
    try:
        ids = _remote_ids(services, provider)
    except ProbeError as error:
        message = f"The provider {provider.name} did not list its models: {error.message}"
        raise ProblemError(HTTPStatus.FAILED_DEPENDENCY, message) from error
    known: dict[str, list[str]] = {}
    for model in services.catalog.models():
        for remote_id in {each.remote_id for each in model.targets if each.provider_id == provider_id}:
            known.setdefault(remote_id, []).append(model.system_name)
    return Page[RemoteModelView](
        data=[RemoteModelView(id=each, system_names=sorted(known.get(each, []))) for each in ids],
        next_cursor=None,
    )


def _remote_ids(services: Services, provider: Provider) -> list[str]:
    """All that the provider lists, sorted; raises `ProbeError`."""
    asking = probes.probe_of(services, provider, _lists_at(provider), _SECONDS)
    return sorted(provider_probe.within(_SECONDS, lambda: _all_ids(asking)))


def _lists_at(provider: Provider) -> ApiEndpoint:
    """Where a provider lists its models: at its own base URL, whatever APIs are elsewhere."""
    api = ProviderApi.CHAT if provider.type is ProviderType.OPENAI else ProviderApi.MESSAGES
    return ApiEndpoint(api, provider.base_url, provider.auth_header)


def _all_ids(asking: ProviderProbe) -> set[str]:
    if asking.endpoint.api is ProviderApi.CHAT:
        return _ids(asking.get("/models"))
    found: set[str] = set()
    after = ""
    for _ in range(_MAX_PAGES):
        page = asking.get(f"/models?limit={_PAGE}{after}")
        found |= _ids(page)
        if not page.get("has_more"):
            return found
        after = f"&after_id={quote(str(page.get('last_id')), safe='')}"
    raise ProbeError(f"The provider's model list has more than {_MAX_PAGES} pages.", HTTPStatus.OK)


def _ids(page: Any) -> set[str]:
    """The ids in a page of a list; those that no model of the catalog could have are left out."""
    listed = page.get("data") if isinstance(page, dict) else None
    if not isinstance(listed, list):
        raise ProbeError("The provider's response is not a list of models.", HTTPStatus.OK)
    ids = (each.get("id") for each in listed if isinstance(each, dict))
    return {
        each
        for each in ids
        if isinstance(each, str) and 0 < len(each) <= _MAX_ID_CHARACTERS and each.isprintable()
    }
