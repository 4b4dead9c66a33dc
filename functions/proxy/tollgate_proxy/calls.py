"""A metered call, understood: what the client asks for, of which model, at which price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate.prices import UNPRICED
from tollgate.records import RecordKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import body, bounds
from tollgate_proxy.metering import ChatStreamMeter, JsonMeter, Meter

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.catalog import Model, Provider
    from tollgate.claims import Demand
    from tollgate.ports import Catalog
    from tollgate.prices import PriceVersion
    from tollgate_proxy.body import JsonObject
    from tollgate_proxy.bounds import OutputPolicy
    from tollgate_proxy.routes import CallRoute


@dataclass(frozen=True, slots=True)
class Call:
    """A request that a provider could be asked, with the most that it can use.

    `changes` are the members of its body that must differ upstream.
    """

    route: CallRoute
    model: Model
    provider: Provider
    price: PriceVersion
    request: JsonObject
    changes: dict[str, Any]
    streams: bool
    demand: Demand

    @property
    def asked(self) -> dict[str, Any]:
        return self.request.members

    @property
    def is_free(self) -> bool:
        """Whether it passes an exhausted budget: its price is zero, and not just unknown."""
        return self.price is not UNPRICED and self.price.is_free

    def body(self, output_tokens: int | None) -> bytes:
        """The body as it goes upstream, with that limit on the output of each choice unless it has one."""
        changes, limit = self.changes, self.route.output_limit
        if output_tokens is not None and limit is not None and not bounds.was_stated(self.asked):
            changes = {**changes, limit: output_tokens}
        return self.request.encode(changes)

    def meter(self, *, event_stream: bool) -> Meter:
        """The meter for an answer, by the form that the answer really has."""
        if event_stream:
            return ChatStreamMeter(self.asked, hide_usage=not _wants_usage(self.asked))
        return JsonMeter(self.asked, generates=self.route.record_kind is RecordKind.COMPLETION)


def understand(route: CallRoute, sent: bytes, catalog: Catalog, at: datetime, output: OutputPolicy) -> Call:
    """Reads a request's body; raises `RefusedError` where it asks for what can't be served."""
    request = body.parse(sent)
    streams = _streams(request)
    options = _stream_options(request)
    model = _model(request.members, catalog)
    if model.type is not route.model_type:
        message = f"The model `{model.system_name}` is for {model.type}, which {route.path} doesn't serve."
        raise RefusedError(Reason.MODEL_WRONG_TYPE, message, param="model")
    price = model.price_at(at) or (UNPRICED if model.allow_unpriced else None)
    if price is None:
        message = f"The model `{model.system_name}` has no price, so it isn't served. Ask your administrator."
        raise RefusedError(Reason.MODEL_NOT_PRICED, message, param="model")
    provider = catalog.provider(model.provider_id)
    if provider is None or provider.type is not route.provider_type:
        message = f"The provider of the model `{model.system_name}` doesn't serve {route.path}."
        raise RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param="model")
    return Call(
        route=route,
        model=model,
        provider=provider,
        price=price,
        request=request,
        changes=_changes(request, model, options, reports=streams and route.reports_usage_on_demand),
        streams=streams,
        demand=bounds.demand(request.members, len(sent), model, price, output),
    )


def _model(members: dict[str, Any], catalog: Catalog) -> Model:
    name = members.get("model")
    if not isinstance(name, str) or not name:
        raise RefusedError(Reason.MISSING_MODEL, "You must provide a model parameter.", param="model")
    model = catalog.model(name)
    if model is None:
        message = f"The model `{name}` does not exist."
        raise RefusedError(Reason.MODEL_NOT_FOUND, message, param="model")
    return model


def _streams(request: JsonObject) -> bool:
    stream = request.members.get("stream")
    if stream is not None and not isinstance(stream, bool):
        raise RefusedError(Reason.INVALID_PARAMETER, "`stream` must be a boolean.", param="stream")
    return bool(stream)


def _stream_options(request: JsonObject) -> JsonObject | None:
    """The options, if there are any; refuses what is no object, and an option that is given twice."""
    options = request.members.get("stream_options")
    if options is not None and not isinstance(options, dict):
        raise RefusedError(
            Reason.INVALID_PARAMETER, "`stream_options` must be an object.", param="stream_options"
        )
    return request.member("stream_options") if options else None


def _changes(
    request: JsonObject, model: Model, options: JsonObject | None, *, reports: bool
) -> dict[str, Any]:
    """What must differ upstream: the provider's name of the model, and usage reporting on streams."""
    changes: dict[str, Any] = {}
    if model.remote_id != request.members["model"]:
        changes["model"] = model.remote_id
    if reports and not _wants_usage(request.members):
        reporting = {"include_usage": True}
        changes["stream_options"] = options.encode(reporting) if options else reporting
    return changes


def _wants_usage(members: dict[str, Any]) -> bool:
    options = members.get("stream_options") or {}
    return options.get("include_usage") is True
