"""The gateway: a request's way from its key to its settlement."""

from __future__ import annotations

import json
import logging
import random
import time
from dataclasses import field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import tollgate
from tollgate import cors
from tollgate.keys import client_keys
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import admissions, decide
from tollgate.ledger.admissions import Admission, DowngradeError, Switching
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy import metered_call
from tollgate_proxy.apis import refusal_answers, routes
from tollgate_proxy.apis.routes import BatchRoute, CallRoute, EstimateRoute, RootRoute
from tollgate_proxy.bounds.prompt_overheads import ObservedOverheads
from tollgate_proxy.call_notes import CallNotes
from tollgate_proxy.http_messages import Answer
from tollgate_proxy.open_call import OpenCall, SettledError
from tollgate_proxy.request import content_encoding, json_body
from tollgate_proxy.serving.failover import UnansweredError, UpstreamCall
from tollgate_proxy.serving.judging import AnswerValidator
from tollgate_proxy.side import replays
from tollgate_proxy.side.replays import Replay
from tollgate_proxy.side.response_ownership import ResponseOwnership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from tollgate.clock import Clock
    from tollgate.gateway_state.idempotency import StoredReply
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.dry_run import DryRun
    from tollgate.ledger.scopes import Scope
    from tollgate_proxy.apis.routes import CountRoute, ModelsRoute, StoredRoute
    from tollgate_proxy.batches.batch_settlement import BatchSettlement
    from tollgate_proxy.bounds.call_bounds import OutputPolicy
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.ports import Catalog, Conversations, Ledger, Metrics, Replies, Responses
    from tollgate_proxy.serving.downgrading import Downgrading
    from tollgate_proxy.serving.failover import Dispatcher, ServedCall

logger = logging.getLogger(__name__)

# A hold outlives the longest request by this much before it counts as abandoned.
_HOLD_MARGIN = timedelta(minutes=1)
# Between two tries to be admitted. A try is a write, which fails as long as the money is held.
_HOLD_PAUSES = (0.05, 0.15)
_PRESENCE = json.dumps({"service": "tollgate", "status": "ok", "version": tollgate.__version__}).encode()


@dataclass(slots=True)
class _Exchange:
    """A request on its way, what is noted of it, and the key that admitted it, if that keeps bodies."""

    request: Request
    notes: CallNotes
    keeps_bodies: Scope | None = None


@dataclass(slots=True)
class _Serving:
    """A call as it is served at present, by its own model or by one that it falls back on."""

    open_call: OpenCall
    asked: ServedCall | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """Serves /v1.

    `function_timeout` is the longest that a request can take until it is settled, `hold_wait` how long one
    waits for money that others hold before it is refused. With `sdk_names`, an answer is kept for each
    request that an SDK has named, and not for those alone that a client has. `keeping` has the answer's body
    kept, and the request's, where the key that was admitted wants it. `budget_refusal_status` is the HTTP
    status of calls that a budget refuses for good, unless their key has another.
    """

    ledger: Ledger
    catalog: Catalog
    responses: Responses
    answers: Replies
    conversations: Callable[[], Conversations]
    batches: Callable[[], BatchSettlement]
    dispatcher: Dispatcher
    clock: Clock
    metrics: Metrics
    function_timeout: timedelta
    max_request_bytes: int
    output: OutputPolicy
    hold_wait: timedelta
    sdk_names: bool = False
    budget_refusal_status: int = 429
    pause: Callable[[float], None] = time.sleep
    learned: ObservedOverheads = field(default_factory=ObservedOverheads)
    silent_until: dict[tuple[str, str], datetime] = field(default_factory=dict)
    record_bodies: Callable[[Request, Scope, Answer], Answer] = lambda _request, _scope, answer: answer

    def handle(self, request: Request) -> Answer:
        """Answers a request; what Tollgate refuses comes as an error in the shape of the client's SDK."""
        notes = CallNotes()
        exchange = _Exchange(request, notes)
        try:
            answer = self._serve(exchange)
        except Exception as error:
            refused = error
            if not isinstance(refused, RefusedError):
                logger.exception("Request %s failed", request.id)
                refused = RefusedError(Reason.INTERNAL_ERROR, "Tollgate failed to serve the request.")
            if refused.budget_status is None:
                refused.budget_status = self.budget_refusal_status
            notes.refused = refused.reason
            answer = refusal_answers.to_answer(refused, request.wire_format, request.id)
        if exchange.keeps_bodies is not None:
            answer = self.record_bodies(request, exchange.keeps_bodies, answer)
        # A provider's own say which pages may read its answers, not who may read this one.
        headers = {name: value for name, value in answer.headers.items() if not name.startswith(cors.PREFIX)}
        notes.told_at = self.clock()
        return replace(
            answer,
            headers={**headers, "x-request-id": request.id},
            after=partial(self._finish, request, notes, answer.after),
        )

    def _finish(self, request: Request, notes: CallNotes, after: Callable[[], None]) -> None:
        """What follows an answer, and then its metrics."""
        notes.ended_at = self.clock()
        try:
            after()
        finally:
            # The first answer is over by now: no start reads this.
            from tollgate_proxy import call_metrics  # noqa: PLC0415

            call_metrics.write(self.metrics, request, notes)

    def _serve(self, exchange: _Exchange) -> Answer:
        request = exchange.request
        route = routes.match(request.method, request.path)
        if isinstance(route, RootRoute):
            return _present(route)
        key = client_keys.api_key_from(request.headers)
        request = exchange.request = self._readable(request, key)
        if isinstance(route, EstimateRoute):
            return self._passed(request, key, lambda _: self._estimate(request, key))
        if not isinstance(route, CallRoute):
            return self._besides(route, request, key)
        try:
            call = self._understood(route, request, key)
            named = replays.idempotency_key_of(
                request, key, self._hold_until(request), sdk_names=self.sdk_names
            )
        except RefusedError:
            # Only a key in force learns what is wrong with its request.
            self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            raise
        replay = Replay(self.answers, self.clock, named)
        if named is not None:
            self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            kept = self.answers.begin(named, self.clock())
            if kept is not None:
                return self._passed(request, key, lambda chain: _replayed(kept, call, chain))
        try:
            return self._admitted(exchange, call, key, replay)
        except Exception:
            replay.forget()
            raise

    def _besides(
        self, route: ModelsRoute | CountRoute | StoredRoute | BatchRoute, request: Request, key: ApiKey
    ) -> Answer:
        if isinstance(route, BatchRoute):
            return self._batch(route, request, key)
        return self._passed(request, key, lambda chain: self._unbilled(route, request, chain))

    def _batch(self, route: BatchRoute, request: Request, key: ApiKey) -> Answer:
        # Calls go without it: none of them is the slower to start for it.
        from tollgate_proxy.batches.batch_requests import BatchRequests  # noqa: PLC0415
        from tollgate_proxy.batches.batch_routes import BatchRoutes  # noqa: PLC0415

        batches = BatchRequests(self.batches(), self.output, self.learned)
        served = BatchRoutes(batches, self._let_in, partial(self._passed, request, key))
        if not route.submits:
            return served.serve(route, request)
        named = replays.idempotency_key_of(request, key, self._hold_until(request), sdk_names=self.sdk_names)
        if named is not None:
            self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            kept = self.answers.begin(named, self.clock())
            if kept is not None:
                return self._passed(request, key, lambda _: replays.replayed(kept))
        return served.submit(route, request, key, Replay(self.answers, self.clock, named))

    def _unbilled(
        self, route: ModelsRoute | CountRoute | StoredRoute, request: Request, chain: Sequence[Scope]
    ) -> Answer:
        # Calls go without it: none of them is the slower to start for it.
        from tollgate_proxy.side.unbilled import UnbilledRequests  # noqa: PLC0415

        return UnbilledRequests(chain, self.catalog, self.responses, self.dispatcher).serve(route, request)

    def _passed(self, request: Request, key: ApiKey, serve: Callable[[Sequence[Scope]], Answer]) -> Answer:
        """Serves what costs nothing to a key that is let through, and to whose ancestors that applies, too.

        It counts as a request of the minute, and as open until its client has everything.
        """
        passing = admissions.passing(
            request.id, key.key_id, key.secret_hash, request.received_at, self._hold_until(request)
        )
        admitted = self._let_in(passing)
        try:
            answer = serve([opened.scope for opened in admitted.opened])
        except BaseException:
            self.ledger.release(admitted, self.clock())
            raise
        return replace(answer, chunks=self._releasing(answer.chunks, admitted))

    def _releasing(self, chunks: Iterable[bytes], admitted: AdmittedRequest) -> Iterable[bytes]:
        if isinstance(chunks, list):  # all there already
            self.ledger.release(admitted, self.clock())
            return chunks
        return self._released_after(chunks, admitted)

    def _released_after(self, chunks: Iterable[bytes], admitted: AdmittedRequest) -> Iterator[bytes]:
        try:
            yield from chunks
        finally:
            self.ledger.release(admitted, self.clock())

    def _estimate(self, request: Request, key: ApiKey) -> Answer:
        # Calls go without it: none of them is the slower to start for it.
        from tollgate_proxy.side import cost_estimates  # noqa: PLC0415

        call = self._understood(cost_estimates.route_of(request, self.catalog), request, key)
        downgrading: Downgrading | None = None
        while True:
            try:
                return cost_estimates.to_answer(*self._foreseen(request, call, key))
            except DowngradeError as error:
                downgrading = downgrading or self._downgrading(request, call, key)
                try:
                    call = downgrading.following(call, error)
                except RefusedError as refused:
                    as_asked, dry_run = self._foreseen(request, downgrading.as_asked, key)
                    return cost_estimates.to_answer(as_asked, replace(dry_run, refused=refused))
            except RefusedError as refused:
                if downgrading is None:
                    raise
                call = downgrading.without(call, refused)

    def _foreseen(self, request: Request, call: Call, key: ApiKey) -> tuple[Call, DryRun]:
        """What an admission would come to, of a call that asks for less where the money isn't there."""
        dry_run = self.ledger.dry_run(self._admission(request, call, key))
        for smaller in self._reduced(call, request, dry_run.refused):
            call, dry_run = smaller, self.ledger.dry_run(self._admission(request, smaller, key))
            if dry_run.refused is None:
                break
        return call, dry_run

    def _understood(self, route: CallRoute, request: Request, key: ApiKey) -> Call:
        call = self._parsed(route, _addressed(route, request.body), request)
        return replace(self._continuing(call, key), switching=_switching(call, request))

    def _parsed(self, route: CallRoute, sent: bytes, request: Request) -> Call:
        call = metered_call.parse_call(
            route, sent, self.catalog, request.received_at, self.output, learned=self.learned
        )
        if call.model.fallbacks and call.may_be_anothers and not request.forbids_fallback:
            return replace(call, fallbacks=call.model.fallbacks)
        return call

    def _parsed_as(self, call: Call, model: str, request: Request) -> Call:
        """The same request as one of another model; raises `RefusedError` where that can't serve it."""
        return self._parsed(call.sent.route, call.sent.request.encode({"model": model}), request)

    def _readable(self, request: Request, key: ApiKey) -> Request:
        try:
            return content_encoding.readable(request, self.max_request_bytes)
        except RefusedError:
            # Only a key in force learns what is wrong with its request.
            self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            raise

    def _continuing(self, call: Call, key: ApiKey) -> Call:
        """A call that goes on from a stored response can only be served by the provider that has it."""
        if call.previous_response is None:
            return call
        stored = self.responses.find(call.previous_response)
        if stored is not None and stored.key_id == key.key_id:
            only = call.only(stored.provider_id)
            if only.candidates:
                return only
        message = f"Previous response with id '{call.previous_response}' not found."
        raise RefusedError(Reason.PREVIOUS_RESPONSE_NOT_FOUND, message, param="previous_response_id")

    def _admitted(self, exchange: _Exchange, call: Call, key: ApiKey, replay: Replay) -> Answer:
        request = exchange.request
        call, admitted = self._admit(request, call, key)
        if admitted.scope.keep_bodies:
            exchange.keeps_bodies = admitted.scope
        stored = ResponseOwnership(self.responses, self.dispatcher, self.clock, self.pause)
        exchange.notes.call = call
        open_call = OpenCall(
            self.ledger,
            self.clock,
            request,
            call,
            admitted,
            stored,
            replay,
            self.metrics,
            exchange.notes,
            self.learned,
        )
        serving = _Serving(open_call)
        try:
            asked = self._served(request, key, serving)
            return serving.open_call.relay(asked)
        except SettledError as error:
            raise error.refused from error
        except UnansweredError as error:
            serving.open_call.unanswered(error)
            raise error.refused from error
        except Exception as error:
            # A fault of ours must neither leave the hold open nor the provider's work unpaid.
            serving.open_call.broke_down(error, serving.asked)
            raise

    def _served(self, request: Request, key: ApiKey, serving: _Serving) -> ServedCall:
        """Asks the call's model, and where that fails, others that may serve it instead."""
        while True:
            try:
                served = serving.asked = self._ask(request, serving.open_call)
            except UnansweredError as error:
                if not self._falls_back(request, key, serving, error):
                    raise
                continue
            if served.wrong is None or not self._falls_back(request, key, serving, served):
                return served
            serving.asked = None
            served.answer.close()

    def _falls_back(
        self, request: Request, key: ApiKey, serving: _Serving, failed: ServedCall | UnansweredError
    ) -> bool:
        """Whether the call goes on with another model, which its holds are then for."""
        open_call = serving.open_call
        if not open_call.call.fallbacks:
            return False
        # Few calls fail: no start reads this for the others.
        from tollgate_proxy.falling_back import FallingBack  # noqa: PLC0415

        falling_back = FallingBack(
            open_call,
            served_by=lambda model: self._parsed_as(open_call.call, model, request),
            admission=lambda call: replace(self._admission(request, call, key), at=self.clock()),
        )
        serving.open_call = falling_back.following(failed)
        return serving.open_call.call.model is not open_call.call.model

    def _admit(self, request: Request, call: Call, key: ApiKey) -> tuple[Call, AdmittedRequest]:
        """Opens the request's holds, for the model that is to serve it; raises `RefusedError`."""
        downgrading: Downgrading | None = None
        while True:
            try:
                fitted, admitted = self._fitted(request, call, key)
            except DowngradeError as error:
                downgrading = downgrading or self._downgrading(request, call, key)
                call = downgrading.following(call, error)
                continue
            except RefusedError as refused:
                if downgrading is None:
                    raise
                call = downgrading.without(call, refused)
                continue
            other = None if downgrading is None else downgrading.settled(call)
            if other is None:
                return fitted, admitted
            self.ledger.release(admitted, self.clock())
            call = other

    def _downgrading(self, request: Request, call: Call, key: ApiKey) -> Downgrading:
        # Few keys have calls served by another model: no start reads this for the others.
        from tollgate_proxy.serving import downgrading  # noqa: PLC0415

        return downgrading.Downgrading(
            asked=call,
            conversation=downgrading.conversation_name(
                key.key_id, request.conversation, call.model.system_name
            ),
            conversations=self.conversations(),
            served_by=lambda model: self._parsed_as(call, model, request),
            chain=lambda: self._chain(request, key),
            at=request.received_at,
            forbids=request.forbids_downgrade,
        )

    def _chain(self, request: Request, key: ApiKey) -> Sequence[Scope]:
        """The key and all above it, as they are; raises `RefusedError` unless the key is in force."""
        scope = self.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
        return [scope, *self.ledger.ancestors(scope)]

    def _fitted(self, request: Request, call: Call, key: ApiKey) -> tuple[Call, AdmittedRequest]:
        """Opens the holds of a call; raises `RefusedError`, or `DowngradeError`.

        If the money isn't there, it asks for less; if others' holds are in the way, it waits a moment.
        """
        admission = self._admission(request, call, key)
        give_up_at = min(request.received_at + self.hold_wait, request.answer_by)
        smaller: Iterator[Call] | None = None
        while True:
            try:
                return call, self._let_in(admission)
            except RefusedError as refused:
                if smaller is None:
                    smaller = self._reduced(call, request, refused)
                following = next(smaller, None)
                held = refused.reason is Reason.BUDGET_HELD
                if following is None and (not held or self.clock() >= give_up_at):
                    self._note_reserved(refused)
                    raise
            if following is None:
                self.pause(random.uniform(*_HOLD_PAUSES))  # noqa: S311 - jitter
            else:
                call = following
            admission = replace(self._admission(request, call, key), at=self.clock())

    def _note_reserved(self, refused: RefusedError) -> None:
        if refused.priority is not None:
            self.metrics.count({f"CallsReserved{refused.priority.capitalize()}": 1})

    def _let_in(self, admission: Admission) -> AdmittedRequest:
        """Opens holds; raises `RefusedError`.

        A request that only those in progress keep out is tried once more after a moment: an answer goes to
        its client while its hold is being closed, and the client's next request may come sooner than that.
        """
        try:
            return self.ledger.admit(admission)
        except RefusedError as refused:
            if not refused.is_by_open_requests:
                raise
        self.pause(random.uniform(*_HOLD_PAUSES))  # noqa: S311 - jitter
        return self.ledger.admit(replace(admission, at=self.clock()))

    def _reduced(self, call: Call, request: Request, refused: RefusedError | None) -> Iterator[Call]:
        if refused is None:
            return iter(())
        # Calls that fit go without it: none of them is the slower to start for it.
        from tollgate_proxy.serving.call_reduction import CallReducer  # noqa: PLC0415
        from tollgate_proxy.serving.exact_counts import TokenCounter  # noqa: PLC0415

        token_counter = TokenCounter(self.dispatcher, self.clock, self.silent_until)
        return CallReducer(token_counter, self.output).calls(call, request, refused)

    def _admission(self, request: Request, call: Call, key: ApiKey) -> Admission:
        return Admission(
            request_id=request.id,
            key_id=key.key_id,
            secret_hash=key.secret_hash,
            model=call.model.system_name,
            safety_level=call.model.safety_level,
            kind=call.route.api.record_kind,
            demand=call.demand,
            is_free=call.is_free,
            streamed=call.streams,
            at=request.received_at,
            hold_until=self._hold_until(request),
            further_models=call.further_models,
            switching=call.switching,
            tight_at=call.tight_at,
            reserved_at=call.reserved_at,
        )

    def _hold_until(self, request: Request) -> datetime:
        return request.received_at + self.function_timeout + _HOLD_MARGIN

    def _ask(self, request: Request, open_call: OpenCall) -> ServedCall:
        call, admitted, notes = open_call.call, open_call.admitted, open_call.notes
        limit = admitted.claim.output_tokens if admitted.limits_output else None
        if limit is None and call.needs_limit:
            limit = call.model.output_limit or admitted.claim.output_tokens
        notes.asked_at = notes.asked_at or self.clock()
        return self.dispatcher.ask(
            UpstreamCall(
                api=call.route.api.name,
                path=call.path(request.query),
                candidates=call.candidates,
                headers=call.headers(request.headers),
                answer_by=request.answer_by,
                deadline=request.deadline,
                body=lambda candidate: call.body(candidate, limit),
                streams=call.streams,
                # What is made in the background is made to its end, whoever is asked besides.
                lost_inputs=0 if call.runs_in_background else call.demand.lost_inputs,
                judge=AnswerValidator(call, admitted, open_call.allowed, open_call.cost_of),
            )
        )


def _replayed(kept: StoredReply, call: Call, chain: Sequence[Scope]) -> Answer:
    """An answer again, to a key that may still use the models that it asked for."""
    for scope in chain:
        decide.require_allowed(scope, call.model.system_name, call.model.safety_level)
        for each in call.further_models:
            decide.require_allowed(scope, each.name, each.safety_level, each.param)
    return replays.replayed(kept)


def _switching(call: Call, request: Request) -> Switching:
    """Who may have another model serve a call.

    Nobody, if it goes on from a stored response, which that model can't know of, or asks for embeddings:
    those of another model can't be compared with what its client has stored.
    """
    if call.previous_response is not None or not call.model.type.has_output:
        return Switching.NEVER
    return Switching.FREE if request.conversation is None else Switching.UNKNOWN


def _present(route: RootRoute) -> Answer:
    """Says that the gateway is there, and of which version, to whoever asks; it reads no table for that."""
    told = [] if route.method == "HEAD" else [_PRESENCE]
    return Answer(200, {"content-type": "application/json"}, told)


def _addressed(route: CallRoute, sent: bytes) -> bytes:
    """A body for the model that its path names, if it names one."""
    return sent if route.deployment is None else json_body.parse(sent).encode({"model": route.deployment})
