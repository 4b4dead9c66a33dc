"""Which APIs a provider has, found out by requests that nobody can charge for.

A request without a model and without anything to work on is refused by whoever knows the route, and is
unknown to others. What is refused for its key first, or fails otherwise, says nothing of the route.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

from tollgate.catalog import spoken_apis, usual_endpoints
from tollgate.catalog.catalog import ApiEndpoint, ProviderApi
from tollgate_admin.catalog import provider_probe
from tollgate_admin.catalog.endpoints import probes
from tollgate_admin.catalog.provider_probe import ProbeAnswer, ProbeError
from tollgate_admin.web.wire_types import View

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider
    from tollgate_admin.composition import Services

_SECONDS = 5.0
_PATHS = {
    ProviderApi.CHAT: "/chat/completions",
    ProviderApi.RESPONSES: "/responses",
    ProviderApi.MESSAGES: "/messages",
    ProviderApi.EMBEDDINGS: "/embeddings",
    ProviderApi.IMAGES: "/images/generations",
}
# Which names neither a model nor a prompt.
_NOTHING = b"{}"
_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
_ABSENT = {
    *(HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED),
    *(HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED),
}
_KEY_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
# What a 404 speaks of that isn't one of the route: the model that the request doesn't name.
_OF_MODELS = ("model", "deployment")


class ApiTest(View):
    """Whether an API is at a base URL: `found` is null where that remains open.

    `spoken` says whether it is one of the provider's APIs; where it isn't, it was looked for all the same.
    """

    api: ProviderApi
    base_url: str
    spoken: bool
    found: bool | None
    status: int | None
    message: str


def found(services: Services, provider: Provider) -> list[ApiTest]:
    """What there is of each API, asked all at once."""
    with ThreadPoolExecutor(len(_PATHS)) as pool:
        return list(pool.map(lambda api: _tested(services, provider, api), _PATHS))


def _tested(services: Services, provider: Provider, api: ProviderApi) -> ApiTest:
    spoken = spoken_apis.endpoint(provider, api)
    endpoint, is_spoken = spoken or usual_endpoints.usual_endpoint(provider, api), spoken is not None
    is_there: bool | None = None
    status: int | None
    try:
        answer = provider_probe.within(_SECONDS, lambda: _asked(services, provider, endpoint))
        is_there, status, message = _judged(answer), answer.status, _said(answer, is_spoken=is_spoken)
    except ProbeError as error:
        status, message = error.status, error.message
    return ApiTest(
        api=api,
        base_url=endpoint.base_url,
        spoken=is_spoken,
        found=is_there,
        status=status,
        message=message,
    )


def _asked(services: Services, provider: Provider, endpoint: ApiEndpoint) -> ProbeAnswer:
    asking = probes.probe_of(services, provider, endpoint, _SECONDS)
    return asking.asked("POST", _PATHS[endpoint.api], _NOTHING)


def _judged(answer: ProbeAnswer) -> bool | None:
    if answer.status in _REFUSED:
        return True
    if answer.status in _ABSENT:
        return _speaks_of_models(answer)
    return None


def _said(answer: ProbeAnswer, *, is_spoken: bool) -> str:
    judged, status = _judged(answer), answer.status
    if judged:
        return "It is there." if is_spoken else "It is there, but isn't one of the provider's APIs."
    if judged is False:
        return f"It isn't there ({status})."
    if status in _KEY_REFUSED:
        return f"The provider rejected the API key ({status})."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"The provider is limiting requests ({status})."
    if 300 <= status < 400:
        return f"The provider returned a redirect ({status}), which is not followed."
    return f"The provider returned status {status} to a request that asks for nothing."


def _speaks_of_models(answer: ProbeAnswer) -> bool:
    """Whether a 404 is the API's own, because the request names no model."""
    try:
        error = json.loads(answer.body)["error"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return False
    parts = [error.get(name) for name in ("message", "code", "type")] if isinstance(error, dict) else [error]
    text = " ".join(part for part in parts if isinstance(part, str)).lower()
    return any(word in text for word in _OF_MODELS)
