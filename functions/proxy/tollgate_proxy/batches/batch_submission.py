"""Submitting a batch: noted, let in, noted again and sent, so that whatever dies, nothing is lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.stored_batches import BatchStage, StoredBatch
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import Admission, Switching
from tollgate.ledger.records import RecordKind
from tollgate.ledger.store import late_settlement
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.batches import batch_prices, provider_side
from tollgate_proxy.batches.batch_settlement import LOOK_EVERY
from tollgate_proxy.serving.failover import UnansweredError
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.catalog.catalog import Model, Provider
    from tollgate.clock import Clock
    from tollgate.gateway_state.store.batches_table import BatchesTable
    from tollgate.gateway_state.stored_batches import BatchCalls
    from tollgate.keys.api_keys import ApiKey
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.store.ledger import Ledger
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.batches.batch_dialects import BatchDialect
    from tollgate_proxy.batches.provider_side import ProviderSide
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

logger = logging.getLogger(__name__)

# A batch's holds outlive what its provider has time for by this much: for results to be read, and for a
# provider that takes longer than it says.
_HOLD_MARGIN = timedelta(days=1)
# A process is dead by so much after its request's deadline.
_DEAD_AFTER = timedelta(minutes=2)
_REFUSED, _TIMEOUT, _FAILED = 400, 408, 500


@dataclass(frozen=True, slots=True)
class Submission:
    """A batch that is ready to be let in and sent: `sent` is the body, and `window` how long it may take."""

    dialect: BatchDialect
    model: Model
    provider: Provider
    api: str
    remote_id: str
    price: PriceVersion
    calls: BatchCalls
    sent: bytes
    window: timedelta
    limits_output: bool
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class BatchSubmitter:
    """`let_in` opens an admission's holds."""

    ledger: Ledger
    batches: BatchesTable
    clock: Clock
    let_in: Callable[[Admission], AdmittedRequest]

    def submit(
        self, submission: Submission, request: Request, key: ApiKey, side: ProviderSide
    ) -> tuple[UpstreamAnswer, bytes, dict[str, Any]]:
        """The provider's answer with its body, and the batch that is in there, empty if it was refused.

        Raises `RefusedError`.
        """
        batch = _beginning(submission, request, key)
        self.batches.keep_calls(batch.request_id, submission.calls, batch.admitted_at)
        self.batches.begin(batch)
        try:
            admitted = self.let_in(_admission(submission, batch, key))
        except RefusedError:
            self._forget(batch)
            raise
        try:
            _require_limits(submission, admitted)
            batch = _let_in(batch, admitted)
            self.batches.sending(batch)
        except BaseException:
            self._take_back(batch, admitted)
            raise
        return self._send(submission, side, batch, admitted)

    def _send(
        self, submission: Submission, side: ProviderSide, batch: StoredBatch, admitted: AdmittedRequest
    ) -> tuple[UpstreamAnswer, bytes, dict[str, Any]]:
        try:
            answer = side.ask("POST", submission.dialect.path, submission.sent)
            body = provider_side.body_of(answer)
        except UnansweredError as error:
            if any(each.sent for each in error.failures):
                raise _unconfirmed() from error
            self._take_back(batch, admitted)
            raise error.refused from error
        except UpstreamError as error:
            raise _unconfirmed() from error
        except RefusedError:  # the provider doesn't take the key
            self._take_back(batch, admitted)
            raise
        if _is_refused(answer.status):
            self._take_back(batch, admitted)
        if not answer.is_success:
            return answer, body, {}
        return answer, body, self._opened(batch, body)

    def _opened(self, batch: StoredBatch, body: bytes) -> dict[str, Any]:
        seen = provider_side.object_in(body)
        batch_id = seen.get("id")
        if not isinstance(batch_id, str) or not batch_id:
            raise _unconfirmed()
        self.batches.opened(
            replace(
                batch,
                batch_id=batch_id,
                stage=BatchStage.OPEN,
                due_at=self.clock() + LOOK_EVERY,
                seen=seen,
            )
        )
        return seen

    def _take_back(self, batch: StoredBatch, admitted: AdmittedRequest) -> None:
        """Gives back what is held for a batch that its provider hasn't got.

        What can't be closed now stays noted, and the poller closes it.
        """
        self.ledger.release(admitted, self.clock())
        if not late_settlement.reopened(self.ledger, batch.request_id, admitted.scope_ids):
            self._forget(batch)

    def _forget(self, batch: StoredBatch) -> None:
        try:
            self.batches.forget(batch_items.beginning(batch.request_id))
            self.batches.forget(batch_items.calls_of(batch.request_id))
        except Exception:  # the poller does it
            logger.exception("What was noted of the batch %s could not be removed", batch.request_id)


def _beginning(submission: Submission, request: Request, key: ApiKey) -> StoredBatch:
    model, at = submission.model, request.received_at
    return StoredBatch(
        kind=submission.dialect.kind,
        request_id=request.id,
        key_id=key.key_id,
        provider_id=submission.provider.id,
        api=submission.api,
        model=model.system_name,
        remote_id=submission.remote_id,
        price=submission.price,
        calls=len(submission.calls.calls),
        admitted_at=at,
        held_until=at + submission.window + _HOLD_MARGIN,
        stage=BatchStage.BEGINNING,
        due_at=request.deadline + _DEAD_AFTER,
        context_limit=model.context_limit,
        output_limit=model.output_limit,
        tagged=submission.tagged,
    )


def _let_in(batch: StoredBatch, admitted: AdmittedRequest) -> StoredBatch:
    mode = admitted.billing_mode
    return replace(
        batch,
        stage=BatchStage.SENDING,
        admitted_at=admitted.at,
        scopes=admitted.scope_ids,
        price_factor=admitted.tariff.factor,
        minimum_fee=admitted.tariff.minimum_fee,
        billing_mode=mode.value if mode else None,
        cost_centre=admitted.cost_centre,
    )


def _admission(submission: Submission, batch: StoredBatch, key: ApiKey) -> Admission:
    demand = batch_prices.sum_of(submission.calls, submission.price)
    return Admission(
        request_id=batch.request_id,
        key_id=key.key_id,
        secret_hash=key.secret_hash,
        model=batch.model,
        safety_level=submission.model.safety_level,
        kind=RecordKind.BATCH,
        demand=demand,
        is_free=not demand.most,
        streamed=False,
        at=batch.admitted_at,
        hold_until=batch.held_until,
        switching=Switching.NEVER,
    )


def _require_limits(submission: Submission, admitted: AdmittedRequest) -> None:
    """Refuses calls without a limit on their output where a budget rests on one that they were to have."""
    if admitted.limits_output and not submission.limits_output:
        message = (
            "The key's budget has become a hard one since the batch's file was uploaded. Upload it again, "
            "for its requests to be limited."
        )
        raise RefusedError(Reason.INVALID_PARAMETER, message, param="input_file_id")


def _unconfirmed() -> RefusedError:
    """For a batch that the provider may have. Final: an SDK that tried again would have two."""
    message = (
        "Whether the provider has made the batch isn't known yet. List your batches in a quarter of an hour "
        "before you create it again."
    )
    return RefusedError(Reason.BATCH_UNCONFIRMED, message)


def _is_refused(status: int) -> bool:
    """Whether an answer says for certain that there is no batch."""
    return _REFUSED <= status < _FAILED and status != _TIMEOUT
