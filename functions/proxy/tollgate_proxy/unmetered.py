"""What no provider bills: models, counts of tokens, and responses, which were billed when they were made."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tollgate import admissions
from tollgate.catalog import ProviderType
from tollgate.clock import rfc3339
from tollgate.prices import UNPRICED
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import answer_forms, body, calls, errors
from tollgate_proxy.calls import Candidate
from tollgate_proxy.dispatch import Question, UnansweredError
from tollgate_proxy.messages import Answer
from tollgate_proxy.routes import Api, CountRoute, ModelsRoute, StoredRoute
from tollgate_proxy.sse import Passage
from tollgate_proxy.upstream import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.catalog import Model
    from tollgate.ports import Catalog, Ledger, Responses
    from tollgate.scopes import Scope
    from tollgate_proxy.dispatch import Asked, Dispatcher
    from tollgate_proxy.messages import Request
    from tollgate_proxy.upstream import UpstreamAnswer

logger = logging.getLogger(__name__)

_OK = 200
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Unmetered:
    """Serves a key that has been authenticated. It may use what its ancestors let it, too."""

    ledger: Ledger
    catalog: Catalog
    responses: Responses
    dispatcher: Dispatcher

    def serve(self, route: ModelsRoute | CountRoute | StoredRoute, request: Request, scope: Scope) -> Answer:
        match route:
            case ModelsRoute():
                return self._models(route, request, scope)
            case CountRoute():
                return self._count(route, request, scope)
        return self._stored(route, request, scope)

    def _models(self, route: ModelsRoute, request: Request, scope: Scope) -> Answer:
        chain = self._chain(scope)
        anthropic = request.shape is ProviderType.ANTHROPIC
        visible = {
            model.system_name: _in_anthropics_shape(model) if anthropic else _in_openais_shape(model)
            for model in self.catalog.models()
            if not any(
                admissions.model_refusal(each, model.system_name, model.safety_level) for each in chain
            )
        }
        if route.model is not None:
            if route.model not in visible:
                message = f"The model `{route.model}` does not exist."
                raise RefusedError(Reason.MODEL_NOT_FOUND, message, param="model")
            return Answer(_OK, _JSON, [json.dumps(visible[route.model]).encode()])
        models = [visible[name] for name in sorted(visible)]
        listed: dict[str, Any] = {"object": "list", "data": models}
        if anthropic:
            first, last = (models[0]["id"], models[-1]["id"]) if models else (None, None)
            listed = {"data": models, "has_more": False, "first_id": first, "last_id": last}
        return Answer(_OK, _JSON, [json.dumps(listed).encode()])

    def _count(self, route: CountRoute, request: Request, scope: Scope) -> Answer:
        sent = body.parse(request.body)
        model = calls.model_of(sent.members, self.catalog)
        self._require_allowed(scope, model.system_name, model.safety_level)
        question = Question(
            path=_with_query(route.path, request.query),
            candidates=calls.candidates_of(route, model, self.catalog, request.received_at),
            headers=request.headers,
            answer_by=request.answer_by,
            deadline=request.deadline,
            body=lambda candidate: calls.counting(sent, candidate),
            is_free=True,
        )
        return _relayed(self._ask(question), request)

    def _stored(self, route: StoredRoute, request: Request, scope: Scope) -> Answer:
        found = self.responses.find(route.response_id)
        provider = None if found is None else self.catalog.provider(found.provider_id)
        # Another key's response is as unknown as one that was never made.
        if found is None or provider is None or found.key_id != scope.key_id:
            message = f"Response with id '{route.response_id}' not found."
            raise RefusedError(Reason.RESPONSE_NOT_FOUND, message)
        if not route.deletes:
            model = self.catalog.model(found.model)
            self._require_allowed(scope, found.model, model.safety_level if model else 0)
        sends = request.body if route.method == "POST" else None
        question = Question(
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
        asked = self._ask(question)
        if route.deletes and asked.answer.is_success:
            self._forget(route.response_id)
        return _relayed(asked, request)

    def _chain(self, scope: Scope) -> list[Scope]:
        return [scope, *self.ledger.ancestors(scope)]

    def _require_allowed(self, scope: Scope, model: str, safety_level: int) -> None:
        for each in self._chain(scope):
            admissions.require_allowed(each, model, safety_level)

    def _forget(self, response_id: str) -> None:
        """If this fails, whoever asks for the response learns from its provider that it is gone."""
        try:
            self.responses.forget(response_id)
        except Exception:
            logger.exception("The response %s is gone, but not forgotten", response_id)

    def _ask(self, question: Question) -> Asked:
        try:
            asked = self.dispatcher.ask(question)
        except UnansweredError as error:
            raise error.refused from error
        if asked.wrong is not None and asked.wrong.refused is not None:
            raise asked.wrong.refused
        return asked


def _relayed(asked: Asked, request: Request) -> Answer:
    answer = answer_forms.opened(asked.answer)
    headers = {**answer.headers, "x-tollgate-provider": asked.candidate.provider.name}
    if answer.is_event_stream:
        return Answer(answer.status, headers, _events(answer, request))
    try:
        return Answer(answer.status, headers, [b"".join(answer.chunks)])
    except UpstreamError as error:
        raise error.refused from error


def _events(answer: UpstreamAnswer, request: Request) -> Iterator[bytes]:
    """A stored response as a stream, which ends with an error if the provider breaks off."""
    passage = Passage()
    try:
        for chunk in answer.chunks:
            if passed := passage.feed(chunk)[1]:
                yield passed
        if rest := passage.last()[1]:
            yield rest
    except UpstreamError as error:
        if passage.is_within_event:
            yield b"\n\n"  # or the error would be taken for its end
        yield errors.to_event(error.refused, Api.RESPONSES, request.id)


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _in_openais_shape(model: Model) -> dict[str, Any]:
    return {
        "id": model.system_name,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": "tollgate",
    }


def _in_anthropics_shape(model: Model) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model.system_name,
        "display_name": model.system_name,
        "created_at": rfc3339(model.created_at),
    }
