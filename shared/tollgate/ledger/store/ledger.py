"""The ledger: admission, settlement and sweep, each a few conditional writes that can be repeated.

Admit opens a hold on the request's key, which authenticates, too, and then on all its ancestors at once.
Settle puts the usage record first and then closes the holds, all at once; whatever dies in between,
settling again or the sweep ends in the same state. See docs/ledger.md.
"""

from __future__ import annotations

import logging
from dataclasses import field
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, settlements
from tollgate.ledger.admissions import MAX_SCOPES
from tollgate.ledger.holds import AbandonedPolicy, HoldForm
from tollgate.ledger.settlements import PASSED
from tollgate.ledger.store.admission_memory import AdmissionMemory
from tollgate.ledger.store.admission_run import SWEPT_AT_ONCE, AdmissionRun
from tollgate.ledger.store.hold_table import HoldTable
from tollgate.ledger.store.record_table import RecordTable
from tollgate.ledger.store.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.admissions import Admission, AdmittedRequest
    from tollgate.ledger.dry_run import DryRun
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.store.admission_run import Increase
    from tollgate.ledger.store.hold_table import Closings
    from tollgate.refusals import RefusedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The one writer of holds, of what is used, and of usage records.

    `retention` is how long a usage record is kept; `abandoned` says what a request is charged whose process
    died. `increase` raises a limit that refuses a request, where the scope has a policy for that, and returns
    whether to try again. `hold_form` is how new holds are stored.
    """

    client: DynamoDBClient
    keys_table: str
    usage_table: str
    retention: timedelta
    abandoned: AbandonedPolicy = AbandonedPolicy.CHARGE
    increase: Increase | None = None
    hold_form: HoldForm = HoldForm.SHORT
    _memory: AdmissionMemory = field(default_factory=AdmissionMemory, repr=False, compare=False)

    @property
    def holds(self) -> HoldTable:
        return HoldTable(self.client, self.keys_table, self.hold_form)

    @property
    def records(self) -> RecordTable:
        return RecordTable(self.client, self.usage_table, self.retention)

    @property
    def sweep(self) -> Sweep:
        return Sweep(self.holds, self.records, self.abandoned)

    def authenticate(self, key_id: str, secret_hash: str, at: datetime) -> Scope:
        """The key's scope, read consistently; raises `RefusedError`. For what opens no hold."""
        return decide.authenticate(self.holds.get(key_id), secret_hash, at)

    def ancestors(self, scope: Scope) -> list[Scope]:
        """Those that a scope is below, the nearest first, read consistently. For what opens no hold."""
        found: list[Scope] = []
        above = scope.parent_id
        while above is not None and len(found) < MAX_SCOPES:
            parent = self.holds.get(above)
            if parent is None:
                break
            found.append(parent)
            above = parent.parent_id
        return found

    def admit(self, admission: Admission) -> AdmittedRequest:
        """Opens the request's holds, from its key to the root; raises `RefusedError`.

        A refusal leaves no hold anywhere. Where a client has set no limit on the output, the claim may be
        cut down to what fits.
        """
        return AdmissionRun(self.holds, self.sweep, self._memory, admission, self.increase).admit()

    def exchange(self, admitted: AdmittedRequest, admission: Admission) -> AdmittedRequest:
        """Has a request that was let in served by another model: exchanges its holds, scope by scope.

        Each scope that it was let in by lets it in anew, in one write that puts the new hold in the old one's
        place, or not at all. Raises `NotExchangedError`, which says with what the request goes on. The
        `admission` is of the same request; its moment is the present one.
        """
        # Hardly any call fails so that another model is asked: the proxy's start goes without.
        from tollgate.ledger.store.exchange.exchange_run import ExchangeRun  # noqa: PLC0415

        return ExchangeRun(self.holds, admission, admitted).exchange()

    def release(self, admitted: AdmittedRequest, at: datetime) -> None:
        """Closes the holds of a request that leaves no record; what can't be closed now is swept."""
        closings = self.holds.begin_closing(admitted.request_id, admitted.opened, PASSED, at)
        _log_failures(admitted.request_id, closings.finish())

    def dry_run(self, admission: Admission) -> DryRun:
        """What `admit` would come to now; reads consistently and writes nothing.

        Raises `RefusedError` if there is no such key.
        """
        # Calls go without it: none of them is the slower to start for it.
        from tollgate.ledger import dry_run  # noqa: PLC0415

        sweep = self.sweep
        return dry_run.dry_run(
            admission,
            self.holds.get,
            lambda scope: sweep.preview(scope, admission.at, SWEPT_AT_ONCE),
        )

    def refusals(self, admission: Admission) -> tuple[tuple[str, RefusedError], ...]:
        """Every scope that would refuse it now, by its id, from the key up; as `dry_run` otherwise."""
        from tollgate.ledger import dry_run  # noqa: PLC0415

        sweep = self.sweep
        return dry_run.refusals(
            admission,
            self.holds.get,
            lambda scope: sweep.preview(scope, admission.at, SWEPT_AT_ONCE),
        )

    def settle(self, admitted: AdmittedRequest, record: LedgerRecord) -> Scope | None:
        """Records and charges a request, once however often it is called.

        Returns the key's scope afterwards, None if it is gone. If the request has a record already,
        that record's cost counts, not this one's. One scope that can't be written doesn't keep the
        others from being charged.
        """
        return self.begin_settlement(admitted, record).finish()

    def begin_settlement(self, admitted: AdmittedRequest, record: LedgerRecord) -> Settlement:
        """Records a request, and sends what charges its scopes without waiting for the answers.

        With the record the charge is certain: if nobody finishes the settlement, the sweep does.
        """
        opened = admitted.opened
        if any(each.scope.shares_costs for each in opened):
            # Hardly any scope does: the proxy's start goes without.
            from tollgate.ledger.store.billing import assignment_run  # noqa: PLC0415

            opened, record = assignment_run.assigned(self.holds, opened, record)
        put = self.records.put(record)
        closings = self.holds.begin_closing(record.request_id, opened, put.charge, record.completed_at)
        return Settlement(closings, put.record)


@dataclass(frozen=True, slots=True)
class Settlement:
    """A request with a record, the one that there is, whose holds are being closed."""

    closings: Closings
    record: LedgerRecord

    @property
    def expected(self) -> list[Scope]:
        """What that makes of the scopes as they were seen, from the key up."""
        request_id = self.closings.request_id
        return [settlements.closed(change, request_id) for change in self.closings.changes]

    def finish(self) -> Scope | None:
        """Waits until the holds are closed; returns the key's scope then, None if it is gone.

        Raises the first of the errors that leave a hold open.
        """
        outcomes = self.closings.finish()
        failures = _log_failures(self.closings.request_id, outcomes)
        if failures:
            raise failures[0]
        own = outcomes[0]
        return None if isinstance(own, Exception) else own


def _log_failures(request_id: str, outcomes: Sequence[Scope | Exception | None]) -> list[Exception]:
    failures = [each for each in outcomes if isinstance(each, Exception)]
    for failure in failures:
        logger.error("A hold of %s stays open", request_id, exc_info=failure)
    return failures
