"""What clients ask for of batches: submitted, looked at, listed, cancelled, and their results."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tollgate.gateway_state.store.batches_table import not_found
from tollgate.gateway_state.stored_batches import StoredBatch, StoredFile, ThingKind
from tollgate.lean_dataclass import dataclass
from tollgate.pricing.price_versions import UNPRICED
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.batches import batch_reading, provider_side
from tollgate_proxy.batches.batch_dialects import ANTHROPIC, BY_PATH, DIALECTS, OPENAI, TAG
from tollgate_proxy.batches.batch_settlement import UnsettledError, not_settled
from tollgate_proxy.batches.batch_submission import BatchSubmitter, Submission
from tollgate_proxy.batches.provider_side import ProviderSide
from tollgate_proxy.http_messages import Answer
from tollgate_proxy.request import json_body
from tollgate_proxy.serving.failover import UnansweredError
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.gateway_state.stored_batches import BatchCalls
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.scopes import Scope
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.apis.routes import BatchRoute
    from tollgate_proxy.batches.batch_dialects import BatchDialect
    from tollgate_proxy.batches.batch_settlement import BatchSettlement
    from tollgate_proxy.bounds.call_bounds import OutputPolicy
    from tollgate_proxy.bounds.prompt_overheads import ObservedOverheads
    from tollgate_proxy.http_messages import Request

logger = logging.getLogger(__name__)

_OK = 200
_JSON = {"content-type": "application/json"}
# What is read of a request for a batch.
_ASKED = ("input_file_id", "endpoint", "completion_window", "metadata")
# What Anthropic has for a batch, and OpenAI unless it is told otherwise.
_DAY = timedelta(hours=24)
_WINDOW = re.compile(r"([1-9][0-9]{0,2})(h|d)")
_LONGEST = timedelta(days=7)
# By OpenAI's API reference.
_MAX_TAGS = 16
_MOST_LISTED, _USUALLY_LISTED = 100, 20


@dataclass(frozen=True, slots=True)
class BatchRequests:
    """Serves what is asked for of batches; a key sees its own alone."""

    settlement: BatchSettlement
    output: OutputPolicy
    learned: ObservedOverheads

    def submit(
        self, route: BatchRoute, request: Request, key: ApiKey, let_in: Callable[[Admission], AdmittedRequest]
    ) -> Answer:
        """Holds for a batch and sends it; raises `RefusedError`."""
        of = self.settlement
        dialect = BY_PATH[route.of]
        try:
            submission = self._of_messages(request) if dialect is ANTHROPIC else self._of_file(request, key)
        except RefusedError:
            # Only a key in force learns what is wrong with its request.
            of.ledger.authenticate(key.key_id, key.secret_hash, request.received_at)
            raise
        submitter = BatchSubmitter(of.ledger, of.batches, of.clock, let_in)
        side = ProviderSide(
            of.dispatcher, submission.provider, dialect.api, request.deadline, request.headers
        )
        answer, body, seen = submitter.submit(submission, request, key, side)
        return side.answered(answer, [json.dumps(dialect.shown(seen)).encode() if seen else body])

    def serve(self, route: BatchRoute, request: Request, chain: Sequence[Scope]) -> Answer:
        """What costs nothing, for a key that was let through with its ancestors."""
        key_id, dialect = chain[0].key_id, BY_PATH[route.of]
        if route.thing_id is None:
            return listed(self.settlement, dialect.kind, request, key_id)
        batch = self._own(dialect, route.thing_id, key_id)
        if route.part == "cancel":
            return self._looked(batch, request, "POST", f"/{route.thing_id}/cancel")
        if route.part == "results":
            return self._side(batch, request).relayed(f"{dialect.path}/{route.thing_id}/results")
        if route.method == "DELETE":
            return self._deleted(batch, request)
        return self._looked(batch, request, "GET", f"/{route.thing_id}")

    def _own(self, dialect: BatchDialect, batch_id: str, key_id: str) -> StoredBatch:
        found = self.settlement.batches.find(batch_id)
        # Another key's batch is as unknown as one that was never made.
        if not isinstance(found, StoredBatch) or found.key_id != key_id or found.kind is not dialect.kind:
            raise not_found(dialect.kind, batch_id)
        return found

    def _looked(self, batch: StoredBatch, request: Request, method: str, path: str) -> Answer:
        """The batch as its provider has it now; if it has ended, it is settled after the answer."""
        dialect, side = DIALECTS[batch.kind], self._side(batch, request)
        answer, body = side.whole(method, dialect.path + path, b"" if method == "POST" else None)
        seen = provider_side.object_in(body) if answer.is_success else {}
        if not seen:
            return side.answered(answer, [body])
        self.settlement.saw(batch, seen)
        made = side.answered(answer, [json.dumps(dialect.shown(seen)).encode()])
        return replace(made, after=lambda: self._settle_afterwards(batch, seen, request.deadline))

    def _settle_afterwards(self, batch: StoredBatch, seen: Mapping[str, Any], deadline: datetime) -> None:
        self._settle(batch, seen, deadline)

    def _settle(self, batch: StoredBatch, seen: Mapping[str, Any], deadline: datetime) -> bool:
        """Whether a batch is settled; what can't be settled now, the poller does."""
        try:
            return self.settlement.settle_if_ended(batch, seen, deadline)
        except (UnsettledError, UnansweredError, UpstreamError, RefusedError) as error:
            logger.warning("The batch %s isn't settled yet: %s", batch.batch_id, error)
        except Exception:
            logger.exception("The batch %s could not be settled", batch.batch_id)
        return False

    def _deleted(self, batch: StoredBatch, request: Request) -> Answer:
        self.require_settled(batch, request)
        side, path = self._side(batch, request), f"{DIALECTS[batch.kind].path}/{batch.batch_id}"
        answer, body = side.whole("DELETE", path)
        if answer.is_success and batch.batch_id is not None:
            self.settlement.batches.forget(batch.batch_id)
        return side.answered(answer, [body])

    def require_settled(self, batch: StoredBatch, request: Request) -> None:
        """Settles a batch whose results are about to be deleted; raises `RefusedError` if that fails."""
        path = f"{DIALECTS[batch.kind].path}/{batch.batch_id}"
        answer, body = self._side(batch, request).whole("GET", path)
        seen = provider_side.object_in(body) if answer.is_success else {}
        if not self._settle(batch, seen, request.deadline):
            raise not_settled(batch)

    def _side(self, batch: StoredBatch, request: Request) -> ProviderSide:
        return side_of(self.settlement, DIALECTS[batch.kind], batch.provider_id, request)

    def _of_messages(self, request: Request) -> Submission:
        reader = batch_reading.BatchReader(
            self.settlement.catalog, request.received_at, self.output, self.learned, limits_output=True
        )
        read = reader.of_messages(request.body)
        candidate = read.candidate
        return Submission(
            dialect=ANTHROPIC,
            model=read.model,
            provider=candidate.provider,
            api=read.route.api.name,
            remote_id=candidate.remote_id,
            price=candidate.price,
            calls=read.calls,
            sent=read.sent,
            window=_DAY,
            limits_output=read.limits_output,
        )

    def _of_file(self, request: Request, key: ApiKey) -> Submission:
        asked = json_body.parse(request.body)
        batch_reading.require_spelled(asked.members, _ASKED)
        file, calls = self._input(asked.members.get("input_file_id"), key)
        route = batch_reading.route_of(asked.members.get("endpoint"), "endpoint")
        if route.api.name != file.api:
            message = "`endpoint` isn't the `url` of the requests in the file."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="endpoint")
        model, provider, price = self._target(file, request.received_at)
        tags = _tags(asked.members.get("metadata"))
        tagged = len(tags) < _MAX_TAGS
        changes = {"metadata": {**tags, TAG: request.id}} if tagged else {}
        return Submission(
            dialect=OPENAI,
            model=model,
            provider=provider,
            api=file.api,
            remote_id=file.remote_id or "",
            price=price,
            calls=calls,
            sent=asked.encode(changes),
            window=_window(asked.members.get("completion_window")),
            limits_output=file.limits_output,
            tagged=tagged,
        )

    def _input(self, file_id: Any, key: ApiKey) -> tuple[StoredFile, BatchCalls]:
        batches = self.settlement.batches
        if not isinstance(file_id, str) or not file_id:
            message = "`input_file_id` must be the id of a file that was uploaded for a batch."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="input_file_id")
        file = batches.find(file_id)
        if not isinstance(file, StoredFile) or file.key_id != key.key_id:
            raise not_found(ThingKind.FILE, file_id)
        calls = batches.calls(file_id) if file.is_input else None
        if calls is None:
            message = f"The file '{file_id}' has no requests of a batch."
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="input_file_id")
        return file, calls

    def _target(self, file: StoredFile, at: datetime) -> tuple[Model, Provider, PriceVersion]:
        """What a file's calls are served by, as it is now; raises `RefusedError` if it isn't any more."""
        catalog = self.settlement.catalog
        model, provider = catalog.model(file.model or ""), catalog.provider(file.provider_id)
        if model is None:
            raise RefusedError(Reason.MODEL_NOT_FOUND, f"The model `{file.model}` does not exist.")
        wanted = (file.provider_id, file.remote_id)
        target = next((each for each in model.targets if (each.provider_id, each.remote_id) == wanted), None)
        if target is None or provider is None:
            message = f"The model `{file.model}` isn't served where the file is. Upload it again."
            raise RefusedError(Reason.MODEL_WRONG_PROVIDER, message, param="input_file_id")
        price = model.price_at(at, target.prices)
        if price is None and not model.allow_unpriced:
            message = f"The model `{file.model}` has no price, so it isn't served."
            raise RefusedError(Reason.MODEL_NOT_PRICED, message)
        return model, provider, price or UNPRICED


def listed(settlement: BatchSettlement, kind: ThingKind, request: Request, key_id: str) -> Answer:
    """A key's files or batches, as they were last seen."""
    given = {name: values[-1] for name, values in parse_qs(request.query).items()}
    text = given.get("limit", str(_USUALLY_LISTED if kind is not ThingKind.FILE else _MOST_LISTED))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise RefusedError(Reason.INVALID_PARAMETER, "`limit` must be a number from 1.", param="limit")
    if given.get("before_id") is not None:
        message = "`before_id` isn't supported. Use `after_id`."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param="before_id")
    found, has_more = settlement.batches.listed(
        key_id,
        kind,
        limit=min(int(text), _MOST_LISTED),
        after=given.get("after_id") if kind is ThingKind.MESSAGE_BATCH else given.get("after"),
        ascending=given.get("order") == "asc",
    )
    dialect = DIALECTS.get(kind, OPENAI)
    purpose = given.get("purpose")
    shown = [dialect.shown(each) for each in found if purpose is None or each.get("purpose") == purpose]
    return Answer(_OK, _JSON, [json.dumps(dialect.page(shown, has_more=has_more)).encode()])


def side_of(
    settlement: BatchSettlement, dialect: BatchDialect, provider_id: str, request: Request
) -> ProviderSide:
    provider = settlement.catalog.provider(provider_id)
    if provider is None:
        raise RefusedError(Reason.PROVIDER_UNAVAILABLE, "The provider of this batch is gone.")
    return ProviderSide(settlement.dispatcher, provider, dialect.api, request.deadline, request.headers)


def _window(given: Any) -> timedelta:
    found = _WINDOW.fullmatch(given) if isinstance(given, str) else None
    window = timedelta(0)
    if found is not None:
        count = int(found[1])
        window = timedelta(hours=count) if found[2] == "h" else timedelta(days=count)
    if not timedelta(0) < window <= _LONGEST:
        message = "`completion_window` must be a time such as 24h, of seven days at most."
        raise RefusedError(Reason.INVALID_PARAMETER, message, param="completion_window")
    return window


def _tags(metadata: Any) -> dict[str, Any]:
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise RefusedError(Reason.INVALID_PARAMETER, "`metadata` must be an object.", param="metadata")
    return {name: value for name, value in metadata.items() if name != TAG}
