"""The routes that Tollgate serves. Those that lead to a provider are all below /v1."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tollgate import refusal_http
from tollgate.catalog.catalog import ProviderApi, ProviderType
from tollgate.lean_dataclass import dataclass
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import unserved
from tollgate_proxy.apis.registry import APIS
from tollgate_proxy.apis.responses import RESPONSES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from tollgate.catalog.catalog import ModelType
    from tollgate_proxy.apis.base import Api

_HEALTH = "/health"
_MODELS = "/v1/models"
_ESTIMATE = "/v1/estimate"


class WrongMethodError(RefusedError):
    """A known path, asked with a method that it doesn't take."""

    def __init__(self, path: str, method: str, allowed: str) -> None:
        message = refusal_http.wrong_method(path, method, allowed.split(", "))
        super().__init__(Reason.METHOD_NOT_ALLOWED, message)
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class CallRoute:
    """A metered call.

    `deployment` is the model that Azure's clients name in the path, whatever the body says.
    """

    api: Api
    deployment: str | None = None

    @property
    def path(self) -> str:
        return self.api.path


@dataclass(frozen=True, slots=True)
class CountRoute:
    """The count of the tokens of an API's input, which no provider bills."""

    api: Api
    path: str


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
class BatchRoute:
    """What is done with files and batches: all `of` a path, or one of them by its id, or a `part` of that."""

    method: str
    of: str
    thing_id: str | None = None
    part: str | None = None

    @property
    def is_of_files(self) -> bool:
        return self.of == "/files"

    @property
    def submits(self) -> bool:
        """Whether a batch is created, which is the one thing here that costs anything."""
        return self.method == "POST" and self.thing_id is None and not self.is_of_files


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


Route = CallRoute | CountRoute | StoredRoute | BatchRoute | ModelsRoute | EstimateRoute | RootRoute

_CALLS: dict[str, CallRoute | CountRoute] = {
    **{f"/v1{api.path}": CallRoute(api) for api in APIS},
    **{
        f"/v1{api.count.path}": CountRoute(api, api.count.path)
        for api in APIS
        if api.count is not None and api.count.is_served
    },
}
_STORED = tuple(stored for api in APIS for stored in api.stored_paths)
_BATCHES = re.compile(
    r"/v1(/files|/batches|/messages/batches)(?:/([A-Za-z0-9_-]{1,128})(?:/(content|cancel|results))?)?"
)
# What can be done with all of them, with one, and with which parts of one.
_OF_ALL: tuple[str, ...] = ("GET", "POST")
_OF_ONE: dict[str, tuple[str, ...]] = {
    "/files": ("GET", "DELETE"),
    "/batches": ("GET",),
    "/messages/batches": ("GET", "DELETE"),
}
_OF_PARTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("/files", "content"): ("GET",),
    ("/batches", "cancel"): ("POST",),
    ("/messages/batches", "cancel"): ("POST",),
    ("/messages/batches", "results"): ("GET",),
}
_READS = ("GET", "HEAD")
# What a GET asks to go on with over WebSocket, also where API Gateway has dropped the header that says so.
_WEBSOCKETS = (f"/v1{RESPONSES.path}", "/v1/realtime")
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
    if method == "GET" and path in _WEBSOCKETS:
        raise unserved.websocket(path)
    route = _fixed(method, path)
    if route is None:
        unserved.refuse_known(method, path)
        route = _stored(method, path) or _of_batches(method, path)
    if route is None:
        raise unserved.unknown(method, path)
    return route


def _fixed(method: str, path: str) -> Route | None:
    if path in _CALLS:
        _require(method, ("POST",), path)
        return _CALLS[path]
    if path == _MODELS or path.startswith(f"{_MODELS}/"):
        _require(method, ("GET",), path)
        # A name may have slashes, and may have come encoded as a whole.
        return ModelsRoute(unquote(path.removeprefix(_MODELS).removeprefix("/")) or None)
    if path == _ESTIMATE:
        _require(method, ("POST",), path)
        return EstimateRoute()
    return None


def _stored(method: str, path: str) -> StoredRoute | None:
    for stored in _STORED:
        if found := stored.pattern.fullmatch(path):
            _require(method, stored.methods, path)
            return StoredRoute(method, path=found[1], response_id=found[2])
    return None


def _of_batches(method: str, path: str) -> BatchRoute | None:
    found = _BATCHES.fullmatch(path)
    if found is None:
        return None
    of, thing_id, part = found.groups()
    of_whole = _OF_ALL if thing_id is None else _OF_ONE[of]
    allowed = of_whole if part is None else _OF_PARTS.get((of, part))
    if allowed is None:
        return None
    _require(method, allowed, path)
    return BatchRoute(method, of, thing_id, part)


def _of_azure(method: str, path: str) -> Route:
    below = path.removeprefix(_AZURE)
    deployed = _DEPLOYMENT.fullmatch(below)
    if deployed is None:
        return match(method, below if below.startswith("/v1/") else f"/v1{below}")
    route = _CALLS.get(f"/v1{deployed[2]}")
    if not isinstance(route, CallRoute) or route.api.wire_format is not ProviderType.OPENAI:
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


def serving(model_type: ModelType, spoken: Container[ProviderApi] = tuple(ProviderApi)) -> str:
    """The calls that take models of a type at providers that speak these; empty if there is none."""
    paths = (f"POST /v1{api.path}" for api in APIS if api.model_type is model_type and api.name in spoken)
    return " or ".join(paths)


def kind_of(model_type: ModelType) -> str:
    """What a model of a type is called."""
    return next(api.model_noun for api in APIS if api.model_type is model_type)


def fitting(members: Mapping[str, Any], model_type: ModelType, spoken: ProviderType) -> CallRoute:
    """The call that a body seems to be meant for, of a model whose provider speaks that format.

    What isn't a call of that format may be one of another, which is then translated.
    """
    of_type = [api for api in APIS if api.model_type is model_type]
    apis = [api for api in of_type if api.wire_format is spoken] or of_type
    others = [api for api in of_type if api not in apis]
    return CallRoute(next((api for api in (*apis, *others) if api.fits(members)), apis[-1]))


def _require(method: str, allowed: tuple[str, ...], path: str) -> None:
    if method not in allowed:
        raise WrongMethodError(path, method, ", ".join(allowed))
