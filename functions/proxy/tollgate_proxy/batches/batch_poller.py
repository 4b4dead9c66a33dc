"""The poller: whatever batch is due is looked at, and settled if it has ended."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.stored_batches import BatchStage, StoredBatch
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import late_settlement
from tollgate.refusals import RefusedError
from tollgate_proxy.batches import lost_batches
from tollgate_proxy.batches.batch_dialects import DIALECTS
from tollgate_proxy.batches.batch_settlement import LOOK_EVERY, UnsettledError
from tollgate_proxy.serving.failover import UnansweredError
from tollgate_proxy.upstream.provider_calls import UpstreamError

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.admissions import ScopeHold
    from tollgate_proxy.batches.batch_settlement import BatchSettlement

logger = logging.getLogger(__name__)

# How long before the end of its holds a batch should be settled, and how long after it is looked at no more:
# the sweep has recorded it by then.
_DUE_BEFORE = timedelta(hours=12)
_GIVEN_UP_AFTER = timedelta(hours=1)


@dataclass(slots=True)
class PollReport:
    """What a run came to: how many batches it has looked at and settled, and which ones have failed."""

    looked_at: int = 0
    settled: int = 0
    failed: tuple[str, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class BatchPoller:
    """Several may run at once, beside clients that look at their batches."""

    settlement: BatchSettlement

    def run(self, deadline: datetime) -> PollReport:
        """Looks at batches until all are done or time is up; one that fails doesn't stop the others."""
        report, of = PollReport(), self.settlement
        for name in list(of.batches.due(of.clock())):
            if of.clock() >= deadline:
                report.stopped = True
                break
            report.looked_at += 1
            try:
                # First, so that one that ends the process isn't the first in line again.
                of.batches.postpone(name, of.clock() + LOOK_EVERY)
                found = of.batches.find(name)
                if isinstance(found, StoredBatch) and found.stage is not BatchStage.SETTLED:
                    report.settled += self._look(found, deadline)
            except Exception:
                logger.exception("The batch %s could not be looked at", name)
                report.failed += (name,)
        return report

    def _look(self, batch: StoredBatch, deadline: datetime) -> bool:
        """Whether nothing more is to be done for a batch; raises if that comes too late."""
        of = self.settlement
        if of.clock() > batch.held_until + _GIVEN_UP_AFTER:
            logger.error("The batch %s wasn't settled before its holds ended", batch.request_id)
            return self._done(batch)
        try:
            if batch.stage is BatchStage.BEGINNING:
                return self._released(
                    batch, late_settlement.of_unsent(of.ledger, batch.request_id, batch.key_id)
                )
            if batch.stage is BatchStage.SENDING:
                return self._sent(batch, deadline)
            return self._settled(batch, deadline)
        except (UnsettledError, UnansweredError, UpstreamError, RefusedError) as error:
            if of.clock() > batch.held_until - _DUE_BEFORE:
                raise
            logger.warning("The batch %s isn't settled yet: %s", batch.batch_id or batch.request_id, error)
            return False

    def _sent(self, batch: StoredBatch, deadline: datetime) -> bool:
        """Goes on with a batch of which nobody knows yet whether its provider has it."""
        of = self.settlement
        seen = lost_batches.find(of, batch, deadline)
        if seen is None:
            opened = late_settlement.reopened(of.ledger, batch.request_id, batch.scopes)
            return self._released(batch, opened)
        found = replace(
            batch, batch_id=seen["id"], stage=BatchStage.OPEN, due_at=of.clock() + LOOK_EVERY, seen=seen
        )
        of.batches.opened(found)
        return self._settled(found, deadline)

    def _settled(self, batch: StoredBatch, deadline: datetime) -> bool:
        dialect = DIALECTS[batch.kind]
        seen = lost_batches.asked(self.settlement, batch, f"{dialect.path}/{batch.batch_id}", deadline)
        self.settlement.saw(batch, seen)
        return self.settlement.settle_if_ended(batch, seen, deadline)

    def _released(self, batch: StoredBatch, opened: tuple[ScopeHold, ...]) -> bool:
        of = self.settlement
        late_settlement.release(of.ledger, batch.request_id, batch.key_id, opened, of.clock())
        return self._done(batch)

    def _done(self, batch: StoredBatch) -> bool:
        if batch.batch_id is not None:
            self.settlement.batches.settled(batch)
        else:
            self.settlement.batches.forget(batch_items.beginning(batch.request_id))
            self.settlement.batches.forget(batch_items.calls_of(batch.request_id))
        return True
