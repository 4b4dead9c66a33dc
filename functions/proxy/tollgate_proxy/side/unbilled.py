"""What no provider bills: models, counts of tokens, and responses, which were billed when they were made."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from tollgate.catalog.catalog import ProviderApi
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide
from tollgate.pricing.price_versions import UNPRICED
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import metered_call
from tollgate_proxy.answers import answer_forms
from tollgate_proxy.answers.sse import WAITING, SseRelay
from tollgate_proxy.apis import model_lists, refusal_answers, spoken_routes
from tollgate_proxy.apis.responses import RESPONSES
from tollgate_proxy.apis.routes import CallRoute, CountRoute, ModelsRoute, StoredRoute
from tollgate_proxy.bounds import token_estimates
from tollgate_proxy.http_messages import Answer
from tollgate_proxy.options.candidate import Candidate
from tollgate_proxy.request import json_body
from tollgate_proxy.serving.failover import UnansweredError, UpstreamCall
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tollgate.catalog.catalog import Model, ProviderType
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.ports import Catalog, Responses
    from tollgate_proxy.request.json_body import JsonObject
    from tollgate_proxy.serving.failover import Dispatcher, ServedCall
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

logger = logging.getLogger(__name__)

_OK, _NOT_FOUND = 200, 404
_NO_ROUTE = (405, 501)
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class UnbilledRequests:
    """Serves a key that was let through with its ancestors: it may use what all of its `chain` lets it."""

    chain: Sequence[Scope]
    catalog: Catalog
    responses: Responses
    dispatcher: Dispatcher

    def serve(self, route: ModelsRoute | CountRoute | StoredRoute, request: Request) -> Answer:
        match route:
            case ModelsRoute():
                return self._models(route, request)
            case CountRoute():
                return self._count(route, request)
        return self._stored(route, request)

    def _models(self, route: ModelsRoute, request: Request) -> Answer:
        told = (
            model_lists.listed(
                model_lists.usable(self.catalog, self.chain, request.wire_format),
                request.wire_format,
                request.query,
            )
            if route.model is None
            else model_lists.shown(
                route.model, self._model(route.model, request.wire_format), request.wire_format
            )
        )
        return Answer(_OK, _JSON, [json.dumps(told).encode()])

    def _model(self, name: str, wire_format: ProviderType) -> Model:
        model = self.catalog.model(name)
        if model is None or not model_lists.is_usable(self.catalog, self.chain, model, wire_format):
            message = f"The model `{name}` does not exist."
            raise RefusedError(Reason.MODEL_NOT_FOUND, message, param="model")
        return model

    def _count(self, route: CountRoute, request: Request) -> Answer:
        sent = json_body.parse(request.body)
        model = metered_call.model_of(sent.members, self.catalog)
        self._require_allowed(model.system_name, model.safety_level)
        as_call = CallRoute(route.api)
        is_of_type = model.type is route.api.model_type
        if is_of_type and spoken_routes.serving(as_call, model, self.catalog) is not as_call:
            return _estimated(sent)
        candidates = metered_call.candidates_of(route, model, self.catalog, request.received_at)
        sent = metered_call.readable(route, sent)
        upstream_call = UpstreamCall(
            api=route.api.name,
            path=_with_query(route.path, request.query),
            candidates=candidates,
            headers=request.headers,
            answer_by=request.answer_by,
            deadline=request.deadline,
            body=lambda candidate: metered_call.counting(sent, candidate),
            is_free=True,
        )
        served = self._ask(upstream_call)
        if _lacks_route(served):
            served.answer.close()
            return _estimated(sent)
        return _relayed(served, request)

    def _stored(self, route: StoredRoute, request: Request) -> Answer:
        found = self.responses.find(route.response_id)
        provider = None if found is None else self.catalog.provider(found.provider_id)
        # Another key's response is as unknown as one that was never made.
        if found is None or provider is None or found.key_id != self.chain[0].key_id:
            message = f"Response with id '{route.response_id}' not found."
            raise RefusedError(Reason.RESPONSE_NOT_FOUND, message)
        if not route.deletes:
            model = self.catalog.model(found.model)
            self._require_allowed(found.model, model.safety_level if model else 0)
        sends = request.body if route.method == "POST" else None
        upstream_call = UpstreamCall(
            api=ProviderApi.RESPONSES,
            path=_with_query(route.path, request.query),
            candidates=[Candidate(provider, remote_id="", price=UNPRICED)],
            headers=request.headers,
            answer_by=request.answer_by,
            deadline=request.deadline,
            body=lambda _: sends,
            method=route.method,
            streams="stream=true" in request.query,
            is_free=True,
        )
        served = self._ask(upstream_call)
        if route.deletes and served.answer.is_success:
            self._forget(route.response_id)
        return _relayed(served, request)

    def _require_allowed(self, model: str, safety_level: int) -> None:
        for each in self.chain:
            decide.require_allowed(each, model, safety_level)

    def _forget(self, response_id: str) -> None:
        """If this fails, whoever asks for the response learns from its provider that it is gone."""
        try:
            self.responses.forget(response_id)
        except Exception:
            logger.exception("The record of the deleted response %s could not be removed", response_id)

    def _ask(self, upstream_call: UpstreamCall) -> ServedCall:
        try:
            served = self.dispatcher.ask(upstream_call)
        except UnansweredError as error:
            raise error.refused from error
        if served.wrong is not None and served.wrong.refused is not None:
            raise served.wrong.refused
        return served


def _estimated(sent: JsonObject) -> Answer:
    """What a prompt probably is in tokens, where no provider says it: nobody must rely on it."""
    if not isinstance(sent.members.get("messages"), list):
        raise RefusedError(Reason.INVALID_PARAMETER, "`messages` must be a list.", param="messages")
    told = {"input_tokens": token_estimates.estimate_sent(sent.members)}
    return Answer(_OK, {**_JSON, "x-tollgate-estimated": "input_tokens"}, [json.dumps(told).encode()])


def _lacks_route(served: ServedCall) -> bool:
    """Whether a provider has the API, and in it nothing that counts: a 404 that isn't the model's."""
    status = served.answer.status
    is_of_model = served.wrong is not None and served.wrong.counts
    return status in _NO_ROUTE or (status == _NOT_FOUND and not is_of_model)


def _relayed(served: ServedCall, request: Request) -> Answer:
    answer = answer_forms.decoded(served.answer)
    headers = {**answer.headers, "x-tollgate-provider": served.candidate.provider.name}
    if answer.is_event_stream:
        return Answer(answer.status, headers, _events(answer, request))
    try:
        return Answer(answer.status, headers, [b"".join(answer.chunks)])
    except UpstreamError as error:
        raise error.refused from error


def _events(answer: UpstreamAnswer, request: Request) -> Iterator[bytes]:
    """A stored response as a stream, which ends with an error if the provider breaks off."""
    relay = SseRelay()
    try:
        for chunk in answer.chunks:
            if passed := relay.feed(chunk)[1]:
                yield passed
            elif not (chunk or relay.is_within_event):
                yield WAITING
        if rest := relay.last()[1]:
            yield rest
    except UpstreamError as error:
        if relay.is_within_event:
            yield b"\n\n"  # or the error would be taken for its end
        yield refusal_answers.to_event(error.refused, RESPONSES, request.id)


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
