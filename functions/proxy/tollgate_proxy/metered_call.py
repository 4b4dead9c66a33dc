"""A metered call, understood: what the client asks for, of which model, at which price."""

from __future__ import annotations

import json
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.catalog import spoken_apis
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import admissions
from tollgate.ledger.admissions import Switched, Switching
from tollgate.pricing.price_versions import UNPRICED
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.metering import JsonMeter
from tollgate_proxy.apis import routes, spoken_routes
from tollgate_proxy.apis.base import is_set
from tollgate_proxy.bounds import call_bounds, prompt_overheads
from tollgate_proxy.bounds.call_bounds import BoundContext
from tollgate_proxy.bounds.prompt_overheads import ObservedOverheads, OverheadKey
from tollgate_proxy.options import beta_headers, candidate_prices, further_models, named_models, options
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.options.options import NO_OPTIONS
from tollgate_proxy.request import json_body, limit_names, tools

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.catalog.catalog import Model
    from tollgate.ledger.claims import Demand
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.apis.routes import CallRoute, CountRoute
    from tollgate_proxy.bounds.call_bounds import OutputPolicy
    from tollgate_proxy.options.options import Options
    from tollgate_proxy.ports import Catalog
    from tollgate_proxy.request.json_body import JsonObject
    from tollgate_proxy.translation.translations import Translation

# How what is sealed for another API begins, which `translation.seals` says.
_SEALED = "tg1."


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as its client has sent it, and to which API."""

    route: CallRoute
    request: JsonObject


class FallenBack(NamedTuple):
    """The model that was to serve a call and failed, and how: as the record says it."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request that each of its candidates could be asked, with the most that it can use.

    One that no target could serve as it was `sent` is asked by another API, by its `translation`: all but
    `sent` is of the request as the candidates are asked, whose route that is.

    One that is served by another model than its client has named is `downgraded_from` that. As in the
    admission, `tight_at` are the scopes for whose sake it is, and `reserved_at` those that keep what is left
    for other keys. `fallbacks` are the models that may be asked where its own fails, and `fallen_back` says
    which one has failed already, and how.
    """

    sent: Sent
    route: CallRoute
    model: Model
    runs_in_background: bool
    candidates: tuple[Candidate, ...]
    request: JsonObject
    stream_options: JsonObject | None
    streams: bool
    demand: Demand
    widest: Model | None = None
    options: Options = NO_OPTIONS
    setting: BoundContext = field(default_factory=BoundContext)
    switching: Switching = Switching.NEVER
    downgraded_from: str | None = None
    tight_at: tuple[Switched, ...] = ()
    reserved_at: frozenset[str] = frozenset()
    translation: Translation | None = None
    fallbacks: tuple[str, ...] = ()
    fallen_back: FallenBack | None = None

    @property
    def asked(self) -> dict[str, Any]:
        return self.request.members

    @property
    def is_free(self) -> bool:
        """Whether it passes an exhausted budget: its price is zero, and not just unknown."""
        prices = [
            price
            for each in self.candidates
            for price in (each.price, *(further.price for further in each.further))
        ]
        return all(price is not UNPRICED and price.is_free for price in prices)

    @property
    def further_models(self) -> tuple[admissions.FurtherModel, ...]:
        """The models that it names besides its own, for whoever must allow them."""
        return tuple(
            admissions.FurtherModel(each.model.system_name, each.model.safety_level, each.named.param)
            for candidate in self.candidates[:1]
            for each in candidate.further
        )

    @property
    def may_be_anothers(self) -> bool:
        """Whether another model could serve it: none knows what one has stored, or has as vectors."""
        is_stored = self.runs_in_background or self.previous_response is not None
        return self.model.type.has_output and not is_stored

    @property
    def previous_response(self) -> str | None:
        """The stored response that this one goes on from."""
        return self.route.api.previous_response(self.asked)

    def path(self, query: str) -> str:
        """The path at the provider, with what of the client's query goes upstream."""
        return self.route.api.path_with(query if self.translation is None else "")

    def headers(self, sent: Mapping[str, str]) -> Mapping[str, str]:
        """Those of the client's that a provider may get to see: none where they are meant for another API."""
        return sent if self.translation is None else {}

    @property
    def stated_output(self) -> int | None:
        """The client's own limit on the output, in tokens."""
        return call_bounds.stated_output(self.asked, takes_zero=self.route.api.takes_zero_output)

    @property
    def needs_limit(self) -> bool:
        """Whether the output must be limited for a provider, which the client's API doesn't ask for."""
        return self.translation is not None and self.route.api.requires_limit

    def only(self, provider_id: str) -> Call:
        """The call as that provider alone can serve it, maybe none, with no more held than for that."""
        candidates = tuple(each for each in self.candidates if each.provider.id == provider_id)
        return replace(
            self,
            candidates=candidates,
            demand=candidate_prices.demand_of(candidates, self.demand, self.options),
        )

    def with_bounds(self, setting: BoundContext, output: OutputPolicy) -> Call:
        """The same call, with its demand reckoned anew."""
        widest = self.widest or self.model
        demand = _demand(
            self.request,
            widest,
            self.candidates,
            output=output,
            setting=setting,
            asked=self.options,
        )
        return replace(self, setting=setting, demand=demand)

    def body(self, candidate: Candidate, output_tokens: int | None) -> bytes:
        """The body as it goes upstream, with that limit on the output of each choice unless it has one."""
        changes: dict[str, Any] = _renaming(self.asked, candidate.remote_id)
        if candidate.further:
            remote_ids = {each.named.name: each.remote_id for each in candidate.further}
            changes |= named_models.renamed(self.asked, remote_ids)
        if self._forces_usage(candidate):
            changes |= self.route.api.reporting(self.stream_options)
        limit = self.route.api.output_limit(self.asked, candidate.provider)
        if limit is not None and self.asked.get(limit) is None:
            stated = self.stated_output
            tokens = output_tokens if stated is None else stated
            if tokens is not None:
                changes[limit] = tokens
                if self.translation is not None:
                    changes |= self.translation.limited(tokens)
        if output_tokens is not None:
            changes |= call_bounds.as_integers(self.asked) | self._limits(output_tokens)
        return self.request.encode(changes)

    def _limits(self, output_tokens: int) -> dict[str, int]:
        """What bounds the call in place of limits that the client has named, but not set."""
        limits = dict.fromkeys(
            call_bounds.unlimited(self.asked, takes_zero=self.route.api.takes_zero_output), output_tokens
        )
        if self.demand.max_tool_calls is not None:
            limits["max_tool_calls"] = self.demand.max_tool_calls
        return limits

    def overhead_key(self, candidate: Candidate) -> OverheadKey:
        """What the tokens depend on that the candidate adds to the prompt."""
        return _overhead_key(self.route, candidate, self.asked)

    def meter(self, candidate: Candidate, *, event_stream: bool) -> Meter:
        """The meter for an answer, by the form that the answer really has."""
        if not event_stream:
            return self.body_meter(candidate)
        return self.route.api.stream_meter(
            self.asked,
            hide_usage=self._forces_usage(candidate),
            vendor=candidate.provider.vendor,
            model=candidate.remote_id,
        )

    def body_meter(self, candidate: Candidate) -> JsonMeter:
        """The meter for an answer in one piece."""
        vendor, model = candidate.provider.vendor, candidate.remote_id
        return JsonMeter(self.route.api, self.asked, vendor=vendor, model=model)

    def _forces_usage(self, candidate: Candidate) -> bool:
        """Whether usage is reported because Tollgate asks for it, and the client didn't."""
        return self.streams and self.route.api.forces_usage(self.asked, candidate.provider)


def parse_call(
    route: CallRoute,
    sent: bytes,
    catalog: Catalog,
    at: datetime,
    output: OutputPolicy,
    *,
    learned: ObservedOverheads | None = None,
) -> Call:
    """Reads a request's body; raises `RefusedError` where it asks for what can't be served."""
    request = json_body.parse(sent)
    streams = is_set(request, "stream")
    stream_options = _stream_options(request)
    route.api.require_served(request.members)
    limit_names.refuse_misplaced(request.members)
    model = model_of(request.members, catalog)
    as_sent = Sent(route, request)
    translation = None
    spoken = spoken_routes.serving(route, model, catalog)
    candidates = priced(model, candidates_of(spoken, model, catalog, at))
    if spoken is not route:
        translation = _translated(as_sent, spoken, model, candidates)
        route, request = spoken, json_body.parse(json.dumps(translation.members).encode())
        stream_options = _stream_options(request)
    else:
        request = readable(route, request)
    beta_headers.require_allowed(request.members, candidates)
    vendors = frozenset(each.provider.vendor for each in candidates)
    asked = options.read(
        call_bounds.priced_members(request.members, route.api.plain_members), vendors, request.text
    )
    own = tuple(route.api.options_of(request.members))
    if own:
        asked = replace(asked, requested=(*asked.requested, *own))
    further = further_models.known(named_models.read(request.members), catalog, model)
    candidates = candidate_prices.priced_candidates(model, candidates, asked, further, at)
    widest = further_models.widest(model, further) if further else model
    setting = _setting(route, model, candidates, request, learned or ObservedOverheads())
    return Call(
        sent=as_sent,
        translation=translation,
        route=route,
        model=model,
        runs_in_background=route.api.runs_in_background(request),
        candidates=candidates,
        request=request,
        stream_options=stream_options,
        streams=streams,
        demand=_demand(request, widest, candidates, output=output, setting=setting, asked=asked),
        widest=widest,
        options=asked,
        setting=setting,
    )


def readable(route: CallRoute | CountRoute, request: JsonObject) -> JsonObject:
    """A request without what of it only the APIs can read that its conversation was translated for before."""
    if _SEALED not in request.text:
        return request
    # Few conversations go on with a model of another API: no start reads this for the others.
    from tollgate_proxy.translation import passed_seals  # noqa: PLC0415

    changes = passed_seals.changes(route.api.name, request.members)
    return json_body.parse(request.encode(changes)) if changes else request


def _translated(
    sent: Sent, spoken: CallRoute, model: Model, candidates: tuple[Candidate, ...]
) -> Translation:
    # Most calls pass as they are: no start reads this for them.
    from tollgate_proxy.translation import translations  # noqa: PLC0415

    first = min(candidates, key=lambda each: each.priority)
    return translations.of(
        sent.route.api.name,
        spoken.api.name,
        sent.request.members,
        served_by=first.remote_id,
        strict=model.strict_translation,
    )


def _demand(
    request: JsonObject,
    widest: Model,
    candidates: tuple[Candidate, ...],
    *,
    output: OutputPolicy,
    setting: BoundContext,
    asked: Options,
) -> Demand:
    """What the call can use at most; `widest` has the largest limits of all models that may work on it."""
    prices = tuple(price for each in candidates for price in each.prices)
    return candidate_prices.demand_of(
        candidates, call_bounds.demand(request, widest, prices, output, setting), asked
    )


def _setting(
    route: CallRoute,
    model: Model,
    candidates: tuple[Candidate, ...],
    request: JsonObject,
    learned: ObservedOverheads,
) -> BoundContext:
    """Where the call may go, with the most that any of the candidates adds to its prompt."""
    overhead = 0
    for each in candidates:
        overhead_key = _overhead_key(route, each, request.members)
        known = prompt_overheads.overhead_for(
            each.provider.vendor, route.api.framing, each.remote_id, has_tools=overhead_key.has_tools
        )
        overhead = max(
            overhead,
            prompt_overheads.effective(known, model.prompt_overhead, learned.overhead_of(overhead_key)),
        )
    vendors = frozenset(each.provider.vendor for each in candidates)
    return BoundContext(
        vendors,
        overhead,
        limits_tools=route.api.limits_tools(vendors),
        takes_zero=route.api.takes_zero_output,
        plain=route.api.plain_members,
    )


def _overhead_key(route: CallRoute, candidate: Candidate, members: dict[str, Any]) -> OverheadKey:
    return OverheadKey(*candidate.target, route.api.name, tools.are_given(members))


def model_of(members: dict[str, Any], catalog: Catalog) -> Model:
    name = members.get("model")
    if not isinstance(name, str) or not name:
        raise RefusedError(Reason.MISSING_MODEL, "You must provide a model parameter.", param="model")
    model = catalog.model(name)
    if model is None:
        message = f"The model `{name}` does not exist."
        raise RefusedError(Reason.MODEL_NOT_FOUND, message, param="model")
    return model


def candidates_of(
    route: CallRoute | CountRoute, model: Model, catalog: Catalog, at: datetime
) -> tuple[Candidate, ...]:
    """Those that speak the route's API, at the prices of that moment; raises `RefusedError` if none does."""
    if model.type is not route.api.model_type:
        kind, served = routes.kind_of(model.type), routes.serving(model.type)
        message = f"The model `{model.system_name}` is {kind}; use {served}."
        raise RefusedError(Reason.MODEL_WRONG_TYPE, message, param="model")
    candidates = []
    for target in model.targets:
        provider = catalog.provider(target.provider_id)
        if provider is not None and spoken_apis.endpoint(provider, route.api.name) is not None:
            price = model.price_at(at, target.prices) or UNPRICED
            long = beta_headers.serves_long_prompts(price, model.context_limit)
            candidates.append(
                Candidate(provider, target.remote_id, price, target.weight, target.priority, long)
            )
    if not candidates:
        message = _elsewhere(route, model, catalog)
        raise RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param="model")
    return tuple(candidates)


def _elsewhere(route: CallRoute | CountRoute, model: Model, catalog: Catalog) -> str:
    """Where a model is served that isn't at this route."""
    providers = (catalog.provider(target.provider_id) for target in model.targets)
    others = routes.serving(model.type, spoken_apis.spoken_by(each for each in providers if each is not None))
    if not others:
        return f"No provider can serve the model `{model.system_name}`. Ask your administrator to add one."
    return f"The model `{model.system_name}` is available at {others}, not at /v1{route.path}."


def priced(model: Model, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Those of the candidates that may be asked; raises `RefusedError` if none has a price, but needs one."""
    if model.allow_unpriced:
        return candidates
    found = tuple(each for each in candidates if each.price is not UNPRICED)
    if not found:
        message = (
            f"The model `{model.system_name}` has no price, so it isn't served. "
            "Ask your administrator to set one."
        )
        raise RefusedError(Reason.MODEL_NOT_PRICED, message, param="model")
    return found


def counting(request: JsonObject, candidate: Candidate) -> bytes:
    """The body of a count of tokens as it goes upstream."""
    return request.encode(_renaming(request.members, candidate.remote_id))


def _renaming(members: dict[str, Any], remote_id: str) -> dict[str, Any]:
    return {} if remote_id == members["model"] else {"model": remote_id}


def _stream_options(request: JsonObject) -> JsonObject | None:
    """The options, if there are any; refuses what is no object, and an option that is given twice."""
    options = request.members.get("stream_options")
    if options is not None and not isinstance(options, dict):
        raise RefusedError(
            Reason.INVALID_PARAMETER, "`stream_options` must be an object.", param="stream_options"
        )
    return request.member("stream_options") if options else None
