"""The ledger: admission, settlement and sweep, each a few conditional writes that can be repeated.

Admit opens a hold on the request's key and then on each ancestor, one write each; the key's own
authenticates, too. Settle puts the usage record first and then closes the holds; whatever dies in
between, settling again or the sweep ends in the same state. See docs/ledger.md.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.ledger import decide, refusal_messages
from tollgate.ledger.admissions import Admission, AdmittedRequest, HoldAttempt, ScopeHold
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.settlements import NOTHING, PASSED
from tollgate.ledger.store.hold_table import HoldTable, NotOpenedError
from tollgate.ledger.store.record_table import RecordTable
from tollgate.ledger.store.sweep import DUPLICATES_ARRIVE_WITHIN, MAX_SCOPES, Sweep
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta
    from decimal import Decimal

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.ledger.dry_run import DryRun
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.settlements import Charge

logger = logging.getLogger(__name__)

# Each try after the first answers to a change that someone else made in between.
_TRIES = 30
# What a refused admission sweeps before it tries again; the schedule does the rest.
_SWEPT_AT_ONCE = 25
# Keys whose price factor is remembered. It only spares a write: admission checks it.
_MAX_FACTORS = 10_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """The one writer of holds, of what is used, and of usage records.

    `retention` is how long a usage record is kept; `abandoned` says what a request is charged whose process
    died.
    """

    client: DynamoDBClient
    keys_table: str
    usage_table: str
    retention: timedelta
    abandoned: AbandonedPolicy = AbandonedPolicy.CHARGE
    _factors: dict[str, Decimal] = field(default_factory=dict, repr=False, compare=False)

    @property
    def holds(self) -> HoldTable:
        return HoldTable(self.client, self.keys_table)

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
        factor = self._factors.get(admission.key_id, money.ONE)
        attempt = HoldAttempt(admission.demand.max_claim(factor), factor, admission.at)
        opened: list[ScopeHold] = []
        scope_id: str | None = admission.key_id
        try:
            while scope_id is not None:
                if len(opened) == MAX_SCOPES:
                    message = f"{admission.key_id} has more than {MAX_SCOPES} ancestors."
                    raise RuntimeError(message)
                holding, attempt = self._open(scope_id, admission, attempt, own=not opened)
                # The next scope has a window of its own.
                attempt = replace(attempt, quota=None, rolls_from=None)
                opened.append(holding)
                scope_id = holding.scope.parent_id
        except Exception as error:
            # The key's own last: without the hold further up, the sweep charges nothing for it.
            self._close(admission.request_id, reversed(opened), NOTHING, admission.at)
            if opened and isinstance(error, RefusedError):
                error.budget_status = opened[0].scope.budget_refusal_status
            raise
        return AdmittedRequest(admission.request_id, tuple(opened), attempt.claim)

    def release(self, admitted: AdmittedRequest, at: datetime) -> None:
        """Closes the holds of a request that leaves no record; what can't be closed now is swept."""
        self._close(admitted.request_id, admitted.opened, PASSED, at)

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
            lambda scope: sweep.preview(scope, admission.at, _SWEPT_AT_ONCE),
        )

    def settle(self, admitted: AdmittedRequest, record: LedgerRecord) -> Scope | None:
        """Records and charges a request, once however often it is called.

        Returns the key's scope afterwards, None if it is gone. If the request has a record already,
        that record's cost counts, not this one's. One scope that can't be written doesn't keep the
        others from being charged.
        """
        charge = self.records.put(record).charge
        scopes: list[Scope | None] = []
        failure: Exception | None = None
        for opened in admitted.opened:
            blocks_until = record.completed_at + DUPLICATES_ARRIVE_WITHIN if opened.in_doubt else None
            try:
                closed = self.holds.close(
                    record.request_id, opened, charge, record.completed_at, blocks_until
                )
                scopes.append(closed)
            except Exception as error:
                logger.exception("The hold of %s stays open", record.request_id)
                failure = failure or error
        if failure is not None:
            raise failure
        return scopes[0]

    def _open(
        self, scope_id: str, admission: Admission, attempt: HoldAttempt, *, own: bool
    ) -> tuple[ScopeHold, HoldAttempt]:
        """Opens a hold on one scope; returns the attempt that did it. Raises `RefusedError`."""
        in_doubt = False
        try:
            for _ in range(_TRIES):
                try:
                    opened = self.holds.open(scope_id, admission, attempt, own=own)
                except NotOpenedError as refused:
                    in_doubt = in_doubt or refused.in_doubt
                    attempt = self._reconsider(refused.scope, admission, attempt, own=own)
                else:
                    return replace(opened, in_doubt=in_doubt or opened.in_doubt), attempt
            message = f"{scope_id} did not admit {admission.request_id}, yet nothing in its item refuses it."
            raise RuntimeError(message)
        except Exception as error:
            if in_doubt or not isinstance(error, RefusedError):
                self._void(scope_id, admission)
            raise

    def _reconsider(
        self, scope: Scope | None, admission: Admission, attempt: HoldAttempt, *, own: bool
    ) -> HoldAttempt:
        if scope is None:
            raise refusal_messages.invalid_key() if own else refusal_messages.parent_gone()
        try:
            following = decide.reconsider(scope, admission, attempt, own=own)
        except RefusedError as refused:
            if own:
                refused.budget_status = scope.budget_refusal_status
            if refused.reason not in refusal_messages.MAY_BE_HELD_UP or not self.sweep.scope(
                scope, admission.at, _SWEPT_AT_ONCE
            ):
                raise
            return attempt
        if own and following.factor != attempt.factor:
            self._remember(admission.key_id, following.factor)
        return following

    def _remember(self, key_id: str, factor: Decimal) -> None:
        if len(self._factors) >= _MAX_FACTORS:
            self._factors.clear()
        self._factors[key_id] = factor

    def _close(self, request_id: str, opened: Iterable[ScopeHold], charge: Charge, at: datetime) -> None:
        """Closes holds of which none is charged; if one can't be closed now, it is swept when it expires."""
        for each in opened:
            blocks_until = at + DUPLICATES_ARRIVE_WITHIN if each.in_doubt else None
            try:
                self.holds.close(request_id, each, charge, at, blocks_until)
            except Exception:
                logger.exception("The hold of %s on %s stays open", request_id, each.scope.key_id)
                return

    def _void(self, scope_id: str, admission: Admission) -> None:
        """Takes back a write of which nobody knows whether it has applied, or still will."""
        try:
            self.holds.void(
                scope_id, admission.request_id, admission.at, admission.at + DUPLICATES_ARRIVE_WITHIN
            )
        except Exception:
            logger.exception("The hold of %s on %s may be open", admission.request_id, scope_id)
