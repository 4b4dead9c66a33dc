"""Holds on one scope: opening and closing them, however often it takes."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain
from aws_wire.errors import ServiceError
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, image_of_failure, in_transaction
from tollgate.ledger import decide, settlements
from tollgate.ledger.admissions import ScopeHold
from tollgate.ledger.settlements import NOTHING
from tollgate.ledger.store import hold_writes, scope_items
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import Admission, HoldAttempt
    from tollgate.ledger.scopes import Scope
    from tollgate.ledger.settlements import Charge

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
    """The keys table, as far as holds go."""

    client: DynamoDBClient
    table: str

    def get(self, scope_id: str) -> Scope | None:
        found = dynamodb.get(self.client, self.table, key_id=scope_id)
        return scope_items.to_scope(found) if found else None

    def open(self, scope_id: str, admission: Admission, attempt: HoldAttempt, *, own: bool) -> ScopeHold:
        """Opens a hold in one write; raises `NotOpenedError`.

        A write whose answer was lost may have applied: finding the hold there already is success.
        """
        update = hold_writes.opening(self.table, scope_id, admission, attempt, own=own)
        scope, applied, retried = self._write(update)
        hold = scope.holds.get(admission.request_id) if scope else None
        if scope is None or hold is None:
            raise NotOpenedError(scope, in_doubt=retried)
        if own and not applied:
            try:
                decide.authenticate(scope, admission.secret_hash, admission.at)
            except RefusedError as error:
                # In force when the hold was opened, and no longer: the hold has to be taken back.
                raise NotOpenedError(scope, in_doubt=True) from error
        return ScopeHold(scope, hold, in_doubt=retried)

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
            update = hold_writes.closing(
                self.table, scope_id, request_id, change, now, blocks_until=blocks_until
            )
            scope, applied, _ = self._write(update)
            if applied or scope is None or request_id not in scope.holds:
                return scope
            seen = scope
        raise _contended(scope_id)

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

    def _write(self, update: Update) -> tuple[Scope | None, bool, bool]:
        """The scope as written, or as the condition found it; whether it was written; if that was retried."""
        try:
            answer = self._update(update.request())
        except ServiceError as error:
            if not condition_failed(error):
                raise
            image = image_of_failure(error)
            return (scope_items.to_scope(image) if image else None), False, _was_retried(error.response)
        return scope_items.to_scope(plain(answer["Attributes"])), True, _was_retried(answer)

    def _update(self, request: dict[str, Any]) -> Any:
        """Waits for a transaction on the item: the deletion of a key whose first request this is."""
        for _ in range(_TRIES):
            try:
                return self.client.update_item(**request)
            except ServiceError as error:
                if not in_transaction(error):
                    raise
            time.sleep(random.uniform(0, _MAX_WAIT_SECONDS))  # noqa: S311 - spreads tries out
        return self.client.update_item(**request)


def _was_retried(answer: Any) -> bool:
    return bool(answer["ResponseMetadata"].get("RetryAttempts", 0))


def _contended(scope_id: str) -> RuntimeError:
    return RuntimeError(f"A hold on {scope_id} could not be closed: it changed {_TRIES} times in between.")
