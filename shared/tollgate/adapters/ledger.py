"""The ledger: admission and settlement, each a few conditional writes that can be repeated.

Admit is one `UpdateItem` on the key. It authenticates, checks status, expiry, allowed models and
the budget, and opens the request's hold, all or nothing. Settle puts the usage record first and
then closes the hold; whatever dies in between, running settle again ends in the same state.

No condition computes: DynamoDB compares attributes but does no arithmetic in conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tollgate import money
from tollgate.adapters import dynamodb, key_items, usage_items
from tollgate.adapters.dynamodb import condition_failed, epoch, image_of_failure, item, plain, values
from tollgate.clock import rfc3339
from tollgate.scopes import Admission, Hold, KeyStatus, Scope, authenticate, explain_refusal

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from decimal import Decimal

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.records import LedgerRecord

_IN_FORCE = (
    "secret_hash = :secret_hash AND #status = :active"
    " AND (attribute_not_exists(expires_at) OR expires_at > :now)"
    " AND (attribute_not_exists(allowed_models) OR contains(allowed_models, :model))"
)
_NOT_YET_HELD = "attribute_not_exists(holds.#request)"
_WITHIN_BUDGET = "(attribute_not_exists(budget_limit) OR budget_used < budget_limit)"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The one writer of holds, of `budget_used` and of usage records.

    `retention` is how long a usage record is kept.
    """

    client: DynamoDBClient
    keys_table: str
    usage_table: str
    retention: timedelta

    def authenticate(self, key_id: str, secret_hash: str, at: datetime) -> Scope:
        """The key's scope, read consistently; raises `RefusedError`. For what opens no hold."""
        found = dynamodb.get(self.client, self.keys_table, key_id=key_id)
        return authenticate(key_items.to_scope(found) if found else None, secret_hash, at)

    def admit(self, admission: Admission) -> Scope:
        """Opens the request's hold and returns the scope with it; raises `RefusedError`.

        A write whose answer was lost may have applied: finding the hold there already is success.
        """
        conditions = [_IN_FORCE, _NOT_YET_HELD]
        if not admission.is_free:
            conditions.append(_WITHIN_BUDGET)
        hold = Hold(amount=money.ZERO, expires_at=admission.hold_until)
        try:
            answer = self.client.update_item(
                TableName=self.keys_table,
                Key=values({"key_id": admission.key_id}),
                ConditionExpression=" AND ".join(conditions),
                UpdateExpression="SET holds.#request = :hold, last_used_at = :used_at",
                ExpressionAttributeNames={"#request": admission.request_id, "#status": "status"},
                ExpressionAttributeValues=values(
                    {
                        ":secret_hash": admission.secret_hash,
                        ":active": KeyStatus.ACTIVE.value,
                        ":now": epoch(admission.at),
                        ":model": admission.model,
                        ":hold": key_items.hold_to_item(hold),
                        ":used_at": rfc3339(admission.at),
                    }
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self._already_admitted(admission, image_of_failure(error))
        return key_items.to_scope(plain(answer["Attributes"]))

    def settle(self, record: LedgerRecord) -> Scope | None:
        """Records and charges a request, once however often it is called.

        Returns the scope afterwards, None if the key is gone. If the request has a record already,
        that record's cost counts, not this one's.
        """
        cost = self._record(record)
        return self._close_hold(record.key_id, record.request_id, cost)

    def _already_admitted(self, admission: Admission, image: dict[str, Any] | None) -> Scope:
        scope = key_items.to_scope(image) if image else None
        if scope and admission.request_id in scope.holds:
            return authenticate(scope, admission.secret_hash, admission.at)
        refused = explain_refusal(scope, admission)
        if refused is None:
            message = (
                f"The admission of {admission.request_id} failed, yet nothing in its key's item refuses it."
            )
            raise RuntimeError(message)
        raise refused

    def _record(self, record: LedgerRecord) -> Decimal:
        """Puts the record unless there is one; returns the cost on record."""
        try:
            self.client.put_item(
                TableName=self.usage_table,
                Item=item(usage_items.to_item(record, self.retention)),
                ConditionExpression="attribute_not_exists(request_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            image = image_of_failure(error) if condition_failed(error) else None
            if image is None:
                raise
            cost: Decimal = image["calculated_cost"]
            return cost
        return record.calculated_cost

    def _close_hold(self, key_id: str, request_id: str, cost: Decimal) -> Scope | None:
        """Charges the cost and removes the hold, if it is there."""
        try:
            answer = self.client.update_item(
                TableName=self.keys_table,
                Key=values({"key_id": key_id}),
                ConditionExpression="attribute_exists(holds.#request)",
                UpdateExpression=(
                    "SET budget_used = budget_used + :cost, budget_available = budget_available - :cost"
                    " REMOVE holds.#request"
                ),
                ExpressionAttributeNames={"#request": request_id},
                ExpressionAttributeValues=values({":cost": cost}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            image = image_of_failure(error)
            return key_items.to_scope(image) if image else None
        return key_items.to_scope(plain(answer["Attributes"]))
