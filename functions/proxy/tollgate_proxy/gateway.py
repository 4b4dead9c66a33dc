"""The gateway: a request's way from its key to its settlement."""

from __future__ import annotations

import json
import logging
import random
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import admissions, api_keys
from tollgate.admissions import Admission
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import calls, errors, routes
from tollgate_proxy.messages import Answer, Request
from tollgate_proxy.open_call import OpenCall
from tollgate_proxy.upstream import UpstreamError, without_credential

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.admissions import Admitted
    from tollgate.api_keys import ApiKey
    from tollgate.clock import Clock
    from tollgate.ports import Catalog, Credentials, Ledger
    from tollgate.scopes import Scope
    from tollgate_proxy.bounds import OutputPolicy
    from tollgate_proxy.calls import Call
    from tollgate_proxy.upstream import Upstream, UpstreamAnswer

logger = logging.getLogger(__name__)

_OK = 200
# A hold outlives the longest request by this much before it counts as abandoned.
_HOLD_MARGIN = timedelta(minutes=1)
# What a provider is given when an admission took all the time there was: enough to fail properly.
_LEAST_SECONDS = 0.1
# Between two tries to be admitted. A try is a write, which fails as long as the money is held.
_HOLD_PAUSES = (0.05, 0.15)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Serves /v1.

    `function_timeout` is the longest that a request can take until it is settled, `hold_wait` how long one
    waits for money that others hold before it is refused.
    """

    ledger: Ledger
    catalog: Catalog
    credentials: Credentials
    upstream: Upstream
    clock: Clock
    function_timeout: timedelta
    max_request_bytes: int
    output: OutputPolicy
    hold_wait: timedelta
    pause: Callable[[float], None] = time.sleep

    def handle(self, request: Request) -> Answer:
        """Answers a request; what Tollgate refuses comes as an error in OpenAI's shape."""
        try:
            answer = self._serve(request)
        except RefusedError as refused:
            answer = errors.to_answer(refused)
        except Exception:
            logger.exception("Request %s failed", request.id)
            answer = errors.to_answer(
                RefusedError(Reason.INTERNAL_ERROR, "Tollgate failed to serve the request.")
            )
        return Answer(answer.status, {**answer.headers, "x-request-id": request.id}, answer.chunks)

    def _serve(self, request: Request) -> Answer:
        route = routes.match(request.method, request.path)
        key = _key(request)
        if isinstance(route, routes.ModelsRoute):
            scope = self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            return self._models(route, scope)
        try:
            if len(request.body) > self.max_request_bytes:
                message = f"The request's body is larger than {self.max_request_bytes} bytes."
                raise RefusedError(Reason.REQUEST_TOO_LARGE, message)
            call = calls.understand(route, request.body, self.catalog, request.received_at, self.output)
        except RefusedError:
            # Only a key in force learns what is wrong with its request.
            self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            raise
        return self._admitted(request, call, key)

    def _admitted(self, request: Request, call: Call, key: ApiKey) -> Answer:
        admitted = self._admit(request, call, key)
        open_call = OpenCall(self.ledger, self.clock, request, call, admitted)
        try:
            answer = self._ask(request, call, admitted)
        except UpstreamError as error:
            open_call.fail(error, open_call.sent_only() if error.sent else None)
            raise error.refused from error
        except Exception as error:
            open_call.fail(error, None)
            raise
        try:
            return open_call.relay(answer)
        except RefusedError:
            raise
        except Exception as error:
            # A fault of ours must neither leave the hold open nor the provider's work unpaid.
            open_call.fail(error, open_call.sent_only(), answer)
            raise

    def _admit(self, request: Request, call: Call, key: ApiKey) -> Admitted:
        """Opens the request's holds, waiting a moment if others' are in the way; raises `RefusedError`."""
        admission = Admission(
            request_id=request.id,
            key_id=key.key_id,
            secret_hash=key.secret_hash,
            model=call.model.system_name,
            kind=call.route.record_kind,
            demand=call.demand,
            is_free=call.is_free,
            streamed=call.streams,
            at=request.received_at,
            hold_until=request.received_at + self.function_timeout + _HOLD_MARGIN,
        )
        give_up_at = min(request.received_at + self.hold_wait, request.deadline)
        while True:
            try:
                return self.ledger.admit(admission)
            except RefusedError as refused:
                if refused.reason is not Reason.BUDGET_HELD or self.clock() >= give_up_at:
                    raise
            self.pause(random.uniform(*_HOLD_PAUSES))  # noqa: S311 - jitter
            admission = replace(admission, at=self.clock())

    def _ask(self, request: Request, call: Call, admitted: Admitted) -> UpstreamAnswer:
        if not call.provider.credential_version:
            raise without_credential(call.provider)
        credential = self.credentials.of(call.provider)
        seconds = max((request.deadline - self.clock()).total_seconds(), _LEAST_SECONDS)
        return self.upstream.post(
            call.provider,
            credential=credential,
            path=call.route.path,
            body=call.body(admitted.claim.output_tokens if admitted.limits_output else None),
            headers=request.headers,
            seconds=seconds,
        )

    def _models(self, route: routes.ModelsRoute, scope: Scope) -> Answer:
        allowed = scope.allowed_models
        visible = {
            model.system_name: {
                "id": model.system_name,
                "object": "model",
                "created": int(model.created_at.timestamp()),
                "owned_by": "tollgate",
            }
            for model in self.catalog.models()
            if allowed is None or model.system_name in allowed
        }
        listed: Any = {"object": "list", "data": [visible[name] for name in sorted(visible)]}
        if route.model is not None:
            if route.model not in visible:
                message = f"The model `{route.model}` does not exist."
                raise RefusedError(Reason.MODEL_NOT_FOUND, message, param="model")
            listed = visible[route.model]
        return Answer(_OK, {"content-type": "application/json"}, [json.dumps(listed).encode()])


def _key(request: Request) -> ApiKey:
    """The client's key, from either header that SDKs use; raises `RefusedError`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    text = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "").strip()
    if not text:
        message = "You didn't provide an API key. Send it as `Authorization: Bearer` or `x-api-key`."
        raise RefusedError(Reason.INVALID_API_KEY, message)
    key = api_keys.parse(text)
    if key is None:
        raise admissions.invalid_key()
    return key
