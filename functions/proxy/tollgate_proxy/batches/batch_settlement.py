"""Looking at batches at their providers, and settling those that have ended: once, whoever looks."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.conflicts import AlreadyExistsError
from tollgate.gateway_state.stored_batches import BatchStage, StoredFile
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.plausibility import NOT_BELIEVED
from tollgate.ledger.store import late_settlement
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import provider_json
from tollgate_proxy.batches import provider_side
from tollgate_proxy.batches.batch_bill import BatchBill
from tollgate_proxy.batches.batch_dialects import DIALECTS
from tollgate_proxy.batches.provider_side import ProviderSide
from tollgate_proxy.call_metrics import charged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.clock import Clock
    from tollgate.gateway_state.store.batches_table import BatchesTable
    from tollgate.gateway_state.stored_batches import StoredBatch
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.store.ledger import Ledger
    from tollgate_proxy.batches.batch_dialects import BatchDialect
    from tollgate_proxy.ports import Catalog, Metrics
    from tollgate_proxy.serving.failover import Dispatcher

logger = logging.getLogger(__name__)

# Between two looks at a batch that goes on.
LOOK_EVERY = timedelta(minutes=5)


class UnsettledError(Exception):
    """A batch that can't be settled now; it is tried again."""


@dataclass(frozen=True, slots=True)
class BatchSettlement:
    ledger: Ledger
    catalog: Catalog
    batches: BatchesTable
    dispatcher: Dispatcher
    clock: Clock
    metrics: Metrics

    def saw(self, batch: StoredBatch, seen: Mapping[str, Any]) -> None:
        """Notes what a provider says of a batch, and whose the files are that it names."""
        if batch.batch_id is None or not seen:
            return
        for file_id in DIALECTS[batch.kind].file_ids(seen):
            self._keep_result(batch, file_id)
        if seen != batch.seen:
            self.batches.saw(batch.batch_id, seen)

    def settle_if_ended(self, batch: StoredBatch, seen: Mapping[str, Any], deadline: datetime) -> bool:
        """Settles a batch that its provider says has ended; whether it is settled.

        Raises `UnsettledError`, `UpstreamError`, `UnansweredError` or `RefusedError` where its results can't
        be read, and what leaves a hold open.
        """
        if batch.stage is BatchStage.SETTLED:
            return True
        dialect = DIALECTS[batch.kind]
        if not dialect.has_ended(seen):
            return False
        opened = late_settlement.reopened(self.ledger, batch.request_id, batch.scopes)
        calls = self.batches.calls(batch.request_id)
        provider = self.catalog.provider(batch.provider_id)
        if calls is None or provider is None or batch.batch_id is None:
            message = f"The batch {batch.batch_id} can't be settled: its provider or its calls are unknown"
            raise UnsettledError(message)
        is_held = any(each.scope.has_hard_budget for each in opened)
        bill = BatchBill(batch, calls, provider, is_held=is_held)
        if opened:
            asked = ProviderSide(self.dispatcher, provider, dialect.api, deadline, {})
            self._read_results(dialect, asked, batch, seen, bill)
        record = bill.record(opened, self.clock())
        self._tell(record)
        if late_settlement.settle(self.ledger, opened, record):
            self.metrics.count(charged(record), model=record.model, request_id=record.request_id)
        else:
            logger.warning("The batch %s was given up, and is not charged", batch.batch_id)
        self.batches.settled(batch)
        return True

    def _read_results(
        self,
        dialect: BatchDialect,
        asked: ProviderSide,
        batch: StoredBatch,
        seen: Mapping[str, Any],
        bill: BatchBill,
    ) -> None:
        path = dialect.results_path(seen, batch.batch_id or "")
        if path is not None:
            answer = asked.ask("GET", path, streams=True)
            if not answer.is_success:
                answer.close()
                message = f"The results of the batch {batch.batch_id} can't be read: {answer.status}"
                raise UnsettledError(message)
            for line in provider_side.lines_of(answer):
                self._add(dialect, line, bill)
        if bill.served < dialect.successes(seen):
            message = (
                f"The results of the batch {batch.batch_id} have {bill.served} of "
                f"{dialect.successes(seen)} calls that were served"
            )
            raise UnsettledError(message)

    def _add(self, dialect: BatchDialect, line: bytes, bill: BatchBill) -> None:
        try:
            read = provider_json.value_of(line)
        except ValueError as error:
            raise UnsettledError("A line of a batch's results is no JSON") from error
        answer = dialect.served(read) if isinstance(read, dict) else None
        if answer is not None:
            bill.add(read.get("custom_id"), answer)

    def _keep_result(self, batch: StoredBatch, file_id: str) -> None:
        # As far as anybody knows before it is looked at.
        seen = {
            "id": file_id,
            "object": "file",
            "bytes": 0,
            "created_at": int(self.clock().timestamp()),
            "filename": f"{batch.batch_id}.jsonl",
            "purpose": "batch_output",
            "status": "processed",
        }
        file = StoredFile(
            file_id, batch.key_id, batch.provider_id, batch.admitted_at, seen, batch_id=batch.batch_id
        )
        if self.batches.find(file_id) is not None:
            return
        try:
            self.batches.keep_file(file)
        except AlreadyExistsError:
            logger.warning("The file %s of the batch %s is another key's", file_id, batch.batch_id)

    def _tell(self, record: LedgerRecord) -> None:
        if record.exceeds_hold:
            logger.warning("The batch %s cost more than was held for it: %s", record.request_id, record)
            self.metrics.count({"HoldExceeded": 1}, model=record.model, request_id=record.request_id)
        if record.usage.flags & NOT_BELIEVED:
            logger.warning("The usage reported for the batch %s is impossible", record.request_id)
            self.metrics.count({"UsageImplausible": 1}, model=record.model, request_id=record.request_id)


def not_settled(batch: StoredBatch) -> RefusedError:
    """The refusal to delete results that nobody has priced yet."""
    message = f"The batch '{batch.batch_id}' isn't charged yet. Try again when it has ended."
    return RefusedError(Reason.BATCH_NOT_SETTLED, message, retry_after=LOOK_EVERY.total_seconds())
