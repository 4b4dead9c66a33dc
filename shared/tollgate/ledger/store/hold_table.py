"""Holds on one scope: opening and closing them, however often it takes."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire.attribute_values import plain
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb, scattered_updates
from tollgate.aws.dynamodb import condition_failed, image_of_failure, in_transaction
from tollgate.lean_dataclass import dataclass
from tollgate.ledger import decide, settlements
from tollgate.ledger.admissions import ScopeHold
from tollgate.ledger.holds import HoldForm
from tollgate.ledger.settlements import NOTHING
from tollgate.ledger.store import hold_writes, scope_items
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.scattered_updates import PendingAnswers
    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import Admission, HoldAttempt
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.settlements import Charge, HoldClosing

# AWS refuses a request whose signature is older than five minutes, so that a duplicate of a write can't
# arrive later than this.
DUPLICATES_ARRIVE_WITHIN = timedelta(minutes=10)
# Each try after the first answers to a change that someone else made in between.
_TRIES = 30
_MAX_WAIT_SECONDS = 0.05


class NotOpenedError(Exception):
    """A scope has not let a request in.

    `scope` is as it was seen; `in_doubt` says that a hold may be open, or that a duplicate of the write may
    still arrive and open it.
    """

    def __init__(self, scope: Scope | None, *, in_doubt: bool) -> None:
        super().__init__("not opened")
        self.scope = scope
        self.in_doubt = in_doubt


@dataclass(frozen=True, slots=True)
class HoldTable:
    """The keys table, as far as holds go. New ones are stored in `form`."""

    client: DynamoDBClient
    table: str
    form: HoldForm = HoldForm.SHORT

    def get(self, scope_id: str) -> Scope | None:
        found = dynamodb.get(self.client, self.table, key_id=scope_id)
        return scope_items.to_scope(found) if found else None

    def open(self, scope_id: str, admission: Admission, attempt: HoldAttempt, *, own: bool) -> ScopeHold:
        """Opens a hold in one write; raises `NotOpenedError`.

        A write whose answer was lost may have applied: finding the hold there already is success.
        """
        update = hold_writes.opening(self.table, scope_id, admission, attempt, self.form, own=own)
        return _opened(self._write(update), admission, own=own)

    def open_together(
        self, attempts: Mapping[str, HoldAttempt], admission: Admission
    ) -> dict[str, ScopeHold | Exception]:
        """Opens holds on ancestors, all in one round trip: by scope the hold, or what `open` would raise."""
        updates = [
            hold_writes.opening(self.table, scope_id, admission, attempt, self.form, own=False)
            for scope_id, attempt in attempts.items()
        ]
        answers = self._begin(updates).results()
        found: dict[str, ScopeHold | Exception] = {}
        for scope_id, update, answer in zip(attempts, updates, answers, strict=True):
            try:
                found[scope_id] = _opened(self._write(update, answer), admission, own=False)
            except Exception as error:
                found[scope_id] = error
        return found

    def close(
        self, request_id: str, opened: ScopeHold, charge: Charge, now: datetime, blocks_until: datetime | None
    ) -> Scope | None:
        """Closes a hold and charges its scope, once however often it is called.

        Returns the scope afterwards, None if it is gone. What the hold is and which window the scope is in
        is taken from `opened`, and where that is no longer so, from what a failed write shows.
        """
        scope_id, seen = opened.scope.key_id, opened.scope
        for _ in range(_TRIES):
            change = settlements.closing(seen, seen.holds[request_id], charge, now)
            scope, applied, _ = self._write(self._closing(request_id, change, now, blocks_until))
            if applied or scope is None or request_id not in scope.holds:
                return scope
            seen = scope
        raise _contended(scope_id)

    def begin_closing(
        self, request_id: str, opened: Sequence[ScopeHold], charge: Charge, now: datetime
    ) -> Closings:
        """Sends what closes holds and charges their scopes, all at once, as `close` does one by one."""
        changes = [
            settlements.closing(each.scope, each.scope.holds[request_id], charge, now) for each in opened
        ]
        updates = [
            self._closing(request_id, change, now, _blocks_until(each, now))
            for each, change in zip(opened, changes, strict=True)
        ]
        return Closings(self, request_id, opened, changes, charge, now, self._begin(updates))

    def begin_assigning(self, updates: Sequence[Update]) -> PendingAnswers:
        """Sends what assigns who pays for a request at several scopes, all at once."""
        return self._begin(updates)

    def rewrite(self, update: Update, first: Any = None) -> Scope | None:
        """Changes an open hold of a scope, or goes on from the `first` answer to that.

        Returns the scope as it is then, or as it was found: None if it is gone.
        """
        return self._write(update, first).scope

    def void(self, scope_id: str, request_id: str, now: datetime, blocks_until: datetime) -> None:
        """Makes sure that a request has no hold and never gets one, whatever may still arrive."""
        for _ in range(_TRIES):
            scope, applied, _ = self._write(
                hold_writes.blocking(self.table, scope_id, request_id, blocks_until)
            )
            if applied or scope is None:
                return
            self.close(request_id, ScopeHold(scope, scope.holds[request_id]), NOTHING, now, blocks_until)
        raise _contended(scope_id)

    def forget(self, scope_id: str, request_id: str, now: datetime) -> None:
        self._write(hold_writes.forgetting(self.table, scope_id, request_id, now))

    def _closing(
        self, request_id: str, change: HoldClosing, now: datetime, blocks_until: datetime | None
    ) -> Update:
        scope_id = change.seen.key_id
        return hold_writes.closing(self.table, scope_id, request_id, change, now, blocks_until=blocks_until)

    def _begin(self, updates: Sequence[Update]) -> PendingAnswers:
        return scattered_updates.begin(self.client, [update.request() for update in updates])

    def _write(self, update: Update, first: Any = None) -> _Written:
        """Writes, or goes on from the `first` answer, until there is no deletion in the way."""
        request = update.request()
        answer, retried = first or self._answer(request), False
        for _ in range(_TRIES):
            if not _in_transaction(answer):
                break
            # What was sent before it may arrive later than what is sent now.
            retried = retried or _was_retried(answer.response)
            time.sleep(random.uniform(0, _MAX_WAIT_SECONDS))  # noqa: S311 - spreads tries out
            answer = self._answer(request)
        written = _written(answer)
        return written._replace(retried=True) if retried else written

    def _answer(self, request: dict[str, Any]) -> Any:
        try:
            return self.client.update_item(**request)
        except ServiceError as error:
            return error


@dataclass(frozen=True, slots=True)
class Closings:
    """Holds that are being closed, and whose scopes are being charged: by `changes`, as they were seen."""

    table: HoldTable
    request_id: str
    opened: Sequence[ScopeHold]
    changes: Sequence[HoldClosing]
    charge: Charge
    now: datetime
    pending: PendingAnswers

    def finish(self) -> list[Scope | Exception | None]:
        """Waits for all, and tries again what came between other writes.

        What became of each, in order: the scope afterwards, None if it is gone; an error if its hold stays.
        """
        found: list[Scope | Exception | None] = []
        for opened, answer in zip(self.opened, self.pending.results(), strict=True):
            try:
                found.append(self._closed(opened, answer))
            except Exception as error:
                found.append(error)
        return found

    def _closed(self, opened: ScopeHold, answer: Any) -> Scope | None:
        if not _in_transaction(answer):
            written = _written(answer)
            if written.applied or written.scope is None or self.request_id not in written.scope.holds:
                return written.scope
            hold = written.scope.holds[self.request_id]
            opened = ScopeHold(written.scope, hold, opened.in_doubt)
        blocks_until = _blocks_until(opened, self.now)
        return self.table.close(self.request_id, opened, self.charge, self.now, blocks_until)


class _Written(NamedTuple):
    """A write's outcome: the scope as written, or as the condition found it; if the write was sent again."""

    scope: Scope | None
    applied: bool
    retried: bool


def _written(answer: Any) -> _Written:
    """By an answer, or an error in its place, which is raised unless it is that of the condition."""
    if isinstance(answer, ServiceError) and condition_failed(answer):
        image = image_of_failure(answer)
        scope = scope_items.to_scope(image) if image else None
        return _Written(scope, applied=False, retried=_was_retried(answer.response))
    if isinstance(answer, Exception):
        raise answer
    return _Written(scope_items.to_scope(plain(answer["Attributes"])), True, _was_retried(answer))


def _opened(written: _Written, admission: Admission, *, own: bool) -> ScopeHold:
    scope = written.scope
    hold = scope.holds.get(admission.request_id) if scope else None
    if scope is None or hold is None:
        raise NotOpenedError(scope, in_doubt=written.retried)
    if own and not written.applied:
        try:
            decide.authenticate(scope, admission.secret_hash, admission.at)
        except RefusedError as error:
            # In force when the hold was opened, and no longer: the hold has to be taken back.
            raise NotOpenedError(scope, in_doubt=True) from error
    return ScopeHold(scope, hold, in_doubt=written.retried)


def _in_transaction(answer: Any) -> bool:
    """Whether a write met the deletion of a key whose first request this is."""
    return isinstance(answer, ServiceError) and in_transaction(answer)


def _blocks_until(opened: ScopeHold, now: datetime) -> datetime | None:
    """Until when a late duplicate of the admission is to be blocked, if there may be one."""
    return now + DUPLICATES_ARRIVE_WITHIN if opened.in_doubt else None


def _was_retried(answer: Any) -> bool:
    return bool(answer["ResponseMetadata"].get("RetryAttempts", 0))


def _contended(scope_id: str) -> RuntimeError:
    return RuntimeError(f"A hold on {scope_id} could not be closed: it changed {_TRIES} times in between.")
