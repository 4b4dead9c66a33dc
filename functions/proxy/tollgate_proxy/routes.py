"""The routes below /v1 that Tollgate serves. There is no other way to a provider."""

from __future__ import annotations

from dataclasses import dataclass

from tollgate.catalog import ModelType, ProviderType
from tollgate.records import RecordKind
from tollgate.refusals import Reason, RefusedError

_MODELS = "/v1/models"


class WrongMethodError(RefusedError):
    """A known path, asked with a method that it doesn't take."""

    def __init__(self, path: str, method: str, allowed: str) -> None:
        super().__init__(Reason.METHOD_NOT_ALLOWED, f"{path} takes {allowed} requests, not {method}.")
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class CallRoute:
    """A metered call: `path` is what follows the provider's base URL.

    `reports_usage_on_demand`: on a stream, the provider reports usage only if asked to. `output_limit` is
    the member of a request that limits the tokens of a choice's output, reasoning included.
    """

    path: str
    provider_type: ProviderType
    model_type: ModelType
    record_kind: RecordKind
    reports_usage_on_demand: bool = False
    output_limit: str | None = None


@dataclass(frozen=True, slots=True)
class ModelsRoute:
    """The list of models, or one of them."""

    model: str | None


Route = CallRoute | ModelsRoute

_CALLS = {
    f"/v1{route.path}": route
    for route in (
        CallRoute(
            "/chat/completions",
            ProviderType.OPENAI,
            ModelType.CHAT,
            RecordKind.COMPLETION,
            reports_usage_on_demand=True,
            output_limit="max_completion_tokens",
        ),
        CallRoute("/embeddings", ProviderType.OPENAI, ModelType.EMBEDDING, RecordKind.EMBEDDING),
    )
}


def match(method: str, path: str) -> Route:
    """The route of a request; raises `RefusedError` for an unknown path or a wrong method."""
    path = path.rstrip("/")
    if path in _CALLS:
        _require(method, "POST", path)
        return _CALLS[path]
    if path == _MODELS or path.startswith(f"{_MODELS}/"):
        _require(method, "GET", path)
        return ModelsRoute(path.removeprefix(_MODELS).removeprefix("/") or None)
    raise RefusedError(Reason.UNKNOWN_ROUTE, f"Unknown request URL: {method} {path}.")


def _require(method: str, allowed: str, path: str) -> None:
    if method != allowed:
        raise WrongMethodError(path, method, allowed)
