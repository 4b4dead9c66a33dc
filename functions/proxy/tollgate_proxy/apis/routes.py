"""The routes that Tollgate serves. Those that lead to a provider are all below /v1."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.records import RecordKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import unserved

if TYPE_CHECKING:
    from collections.abc import Container

_HEALTH = "/health"
_MODELS = "/v1/models"
_ESTIMATE = "/v1/estimate"
_RESPONSE_ID = r"[A-Za-z0-9_-]{1,256}"


class WrongMethodError(RefusedError):
    """A known path, asked with a method that it doesn't take."""

    def __init__(self, path: str, method: str, allowed: str) -> None:
        super().__init__(Reason.METHOD_NOT_ALLOWED, f"{path} takes {allowed} requests, not {method}.")
        self.allowed = allowed


class Api(StrEnum):
    """An API by the shape of its requests, answers and streams."""

    CHAT = "chat"
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class CallRoute:
    """A metered call: `path` is what follows the provider's base URL.

    `deployment` is the model that Azure's clients name in the path, whatever the body says.
    """

    path: str
    api: Api
    provider_type: ProviderType
    model_type: ModelType = ModelType.CHAT
    record_kind: RecordKind = RecordKind.COMPLETION
    deployment: str | None = None


@dataclass(frozen=True, slots=True)
class CountRoute:
    """The count of a message's tokens, which no provider bills."""

    path: str = "/messages/count_tokens"
    provider_type: ProviderType = ProviderType.ANTHROPIC
    model_type: ModelType = ModelType.CHAT


@dataclass(frozen=True, slots=True)
class StoredRoute:
    """What can be done with a response that its provider has stored; it was billed when it was made."""

    method: str
    path: str
    response_id: str

    @property
    def deletes(self) -> bool:
        return self.method == "DELETE"


@dataclass(frozen=True, slots=True)
class ModelsRoute:
    """The list of models, or one of them."""

    model: str | None


@dataclass(frozen=True, slots=True)
class EstimateRoute:
    """What a call would cost at most, and whether it would be let through."""


@dataclass(frozen=True, slots=True)
class RootRoute:
    """What clients and monitors ask for to see whether the gateway is there, at / or /health."""

    method: str


Route = CallRoute | CountRoute | StoredRoute | ModelsRoute | EstimateRoute | RootRoute

_CALLS: dict[str, CallRoute | CountRoute] = {
    f"/v1{route.path}": route
    for route in (
        CallRoute("/chat/completions", Api.CHAT, ProviderType.OPENAI),
        CallRoute("/responses", Api.RESPONSES, ProviderType.OPENAI),
        CallRoute("/messages", Api.MESSAGES, ProviderType.ANTHROPIC),
        CallRoute(
            "/embeddings", Api.EMBEDDINGS, ProviderType.OPENAI, ModelType.EMBEDDING, RecordKind.EMBEDDING
        ),
        CountRoute(),
    )
}
_READS = ("GET", "HEAD")
# With what follows the provider's base URL, and the methods that it takes.
_STORED = (
    (re.compile(rf"/v1(/responses/({_RESPONSE_ID}))"), ("GET", "DELETE")),
    (re.compile(rf"/v1(/responses/({_RESPONSE_ID})/cancel)"), ("POST",)),
    (re.compile(rf"/v1(/responses/({_RESPONSE_ID})/input_items)"), ("GET",)),
)


# As Azure's clients write paths: a deployment, which is a model here, or the API's own below /openai.
_AZURE = "/openai"
_DEPLOYMENT = re.compile(r"/deployments/([^/]+)(/.+)")


def match(method: str, path: str) -> Route:
    """The route of a request; raises `RefusedError` for an unknown path or a wrong method."""
    path = path.rstrip("/")
    if path.startswith(f"{_AZURE}/"):
        return _of_azure(method, path)
    if not path and method in _READS:
        return RootRoute(method)
    if path == _HEALTH:
        _require(method, _READS, path)
        return RootRoute(method)
    if path == "/v1/responses" and method == "GET":
        raise unserved.websocket()
    unserved.refuse_known(method, path)
    route = _fixed(method, path) or _stored(method, path)
    if route is None:
        raise unserved.unknown(method, path)
    return route


def _fixed(method: str, path: str) -> Route | None:
    if path in _CALLS:
        _require(method, ("POST",), path)
        return _CALLS[path]
    if path == _MODELS or path.startswith(f"{_MODELS}/"):
        _require(method, ("GET",), path)
        return ModelsRoute(path.removeprefix(_MODELS).removeprefix("/") or None)
    if path == _ESTIMATE:
        _require(method, ("POST",), path)
        return EstimateRoute()
    return None


def _stored(method: str, path: str) -> StoredRoute | None:
    for pattern, methods in _STORED:
        if found := pattern.fullmatch(path):
            _require(method, methods, path)
            return StoredRoute(method, path=found[1], response_id=found[2])
    return None


def _of_azure(method: str, path: str) -> Route:
    below = path.removeprefix(_AZURE)
    deployed = _DEPLOYMENT.fullmatch(below)
    if deployed is None:
        return match(method, below if below.startswith("/v1/") else f"/v1{below}")
    route = _CALLS.get(f"/v1{deployed[2]}")
    if not isinstance(route, CallRoute) or route.provider_type is not ProviderType.OPENAI:
        raise unserved.unknown(method, path)
    _require(method, ("POST",), path)
    return replace(route, deployment=unquote(deployed[1]))


def call(path: str) -> CallRoute:
    """The metered call of a path; raises `RefusedError`, as for the parameter `endpoint`, if it is none."""
    route = _CALLS.get(path)
    if not isinstance(route, CallRoute):
        calls = ", ".join(name for name, each in _CALLS.items() if isinstance(each, CallRoute))
        raise RefusedError(Reason.INVALID_PARAMETER, f"`endpoint` must be one of {calls}.", param="endpoint")
    return route


def serving(model_type: ModelType, providers: Container[ProviderType] = tuple(ProviderType)) -> str:
    """The calls that take models of a type at providers of these; empty if there is none."""
    paths = (
        f"POST {path}"
        for path, each in _CALLS.items()
        if isinstance(each, CallRoute) and each.model_type is model_type and each.provider_type in providers
    )
    return " or ".join(paths)


def _require(method: str, allowed: tuple[str, ...], path: str) -> None:
    if method not in allowed:
        raise WrongMethodError(path, method, ", ".join(allowed))
