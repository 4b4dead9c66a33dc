"""The alerts table: what has been told of each budget, and every alert with its deliveries.

Deciding and telling are apart. One transaction moves a budget's state on and puts the alert that follows
from it, so that it is decided once; then each delivery is claimed for a while, sent, and confirmed. What is
not done is in the index `due`, whatever became of the process that began it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aws_wire.attribute_values import plain, values
from aws_wire.errors import ServiceError
from tollgate.alerts.alerts import DeliveryState
from tollgate.alerts.decisions import AlertState
from tollgate.alerts.events.key_events import EventState
from tollgate.alerts.store import alert_items, event_state_items
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import condition_failed, epoch, item, suppress_failed_condition
from tollgate.aws.transactions import put_revision
from tollgate.aws.update_expression import Update
from tollgate.clock import rfc3339
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.alerts.alerts import Alert
    from tollgate.alerts.decisions import WatchedBudget
    from tollgate.aws.dynamodb import Item

_DUE_INDEX, _HISTORY_INDEX = "due", "history"
_MAX_ERROR = 500


class DueItem(NamedTuple):
    """Something to come back to: `name` is the sort key of an alert, or of what was told of a budget."""

    key_id: str
    name: str

    @property
    def is_of_events(self) -> bool:
        """Whether it is what was told of a key besides its budgets."""
        return self.name == event_state_items.NAME

    @property
    def alert_id(self) -> str | None:
        return alert_items.id_of(self.name) if alert_items.is_alert(self.name) else None


@dataclass(frozen=True, slots=True)
class AlertsTable:
    client: DynamoDBClient
    table: str

    def state(self, key_id: str, budget: WatchedBudget) -> AlertState:
        """What has been told of a budget."""
        stored = dynamodb.get(self.client, self.table, key_id=key_id, alert=alert_items.state_name(budget))
        return alert_items.to_state(stored) if stored else AlertState()

    def advance(
        self, key_id: str, budget: WatchedBudget, seen: AlertState, following: AlertState, alert: Alert | None
    ) -> None:
        """Moves a state on, and puts the alert that is to be told; raises `EditConflictError`.

        The state must be the one that was seen: whoever comes second decides anew.
        """
        new = alert_items.from_state(key_id, budget, following)
        others = [] if alert is None else [self.put_write(alert)]
        put_revision(self.client, self.table, new, seen.revision, *others)

    def event_state(self, key_id: str) -> EventState:
        """What has been told of a key besides its budgets."""
        stored = dynamodb.get(self.client, self.table, key_id=key_id, alert=event_state_items.NAME)
        return event_state_items.to_event_state(stored) if stored else EventState()

    def advance_events(
        self, key_id: str, seen: EventState, following: EventState, alerts: Iterable[Alert]
    ) -> None:
        """As `advance`, for what happens to a key besides what is used of its budgets."""
        new = event_state_items.from_event_state(key_id, following)
        others = [{"Put": self._putting(alert)} for alert in alerts]
        put_revision(self.client, self.table, new, seen.revision, *others)

    def put(self, alert: Alert) -> None:
        """An alert that follows from no budget's state.

        Its id is nobody else's: if it is there, a try whose answer got lost has put it.
        """
        with suppress_failed_condition():
            self.client.put_item(**self._putting(alert))

    def put_write(self, alert: Alert) -> dict[str, Any]:
        """The put as a part of a transaction."""
        return {"Put": self._putting(alert)}

    def get(self, key_id: str, alert_id: str) -> Alert | None:
        stored = dynamodb.get(self.client, self.table, key_id=key_id, alert=alert_items.alert_name(alert_id))
        return alert_items.to_alert(stored) if stored else None

    def due(self, now: datetime, limit: int) -> list[DueItem]:
        """What is to be come back to by now, the longest due first; the index may lag a moment behind."""
        answer: Any = self.client.query(
            TableName=self.table,
            IndexName=_DUE_INDEX,
            KeyConditionExpression="due = :due AND due_at <= :now",
            ExpressionAttributeValues=values({":due": alert_items.DUE, ":now": epoch(now)}),
            Limit=limit,
        )
        found = [plain(each) for each in answer["Items"]]
        return [DueItem(each["key_id"], each["alert"]) for each in found]

    def postpone(self, due: DueItem, now: datetime, at: datetime) -> None:
        """Comes back to it later, unless that has been settled meanwhile."""
        update = Update(self.table, key_id=due.key_id, alert=due.name)
        update.value(":now", epoch(now))
        update.require("due_at <= :now")
        update.value(":at", epoch(at))
        update.set("due_at = :at")
        self._apply(update)

    def claim(self, alert: Alert, delivery: str, now: datetime, until: datetime) -> Alert | None:
        """Takes a delivery for this process alone, until then; None if somebody has it, or it is done."""
        update = self._delivery(alert, delivery)
        update.value(":pending", DeliveryState.PENDING.value)
        update.value(":now", epoch(now))
        update.value(":until", epoch(until))
        update.require(
            "deliveries.#name.#state = :pending",
            "(attribute_not_exists(deliveries.#name.claimed_until)"
            " OR deliveries.#name.claimed_until <= :now)",
        )
        update.set("deliveries.#name.claimed_until = :until")
        return self._write(update)

    def confirm(self, alert: Alert, delivery: str, now: datetime) -> Alert | None:
        """Notes that a delivery was sent."""
        update = self._delivery(alert, delivery)
        update.value(":sent", DeliveryState.SENT.value)
        update.value(":at", rfc3339(now))
        update.value(":one", 1)
        update.require("attribute_exists(deliveries.#name)")
        update.set(
            "deliveries.#name.#state = :sent",
            "deliveries.#name.sent_at = :at",
            "deliveries.#name.attempts = deliveries.#name.attempts + :one",
        )
        update.remove("deliveries.#name.claimed_until", "deliveries.#name.#error")
        update.name("#error", "error")
        return self._write(update)

    def note_failure(self, alert: Alert, delivery: str, error: str, *, is_final: bool) -> Alert | None:
        """Notes that a delivery could not be sent, and lets it go."""
        update = self._delivery(alert, delivery)
        update.value(":pending", DeliveryState.PENDING.value)
        update.value(":next", (DeliveryState.FAILED if is_final else DeliveryState.PENDING).value)
        update.value(":error", error[:_MAX_ERROR])
        update.value(":one", 1)
        update.name("#error", "error")
        update.require("deliveries.#name.#state = :pending")
        update.set(
            "deliveries.#name.#state = :next",
            "deliveries.#name.#error = :error",
            "deliveries.#name.attempts = deliveries.#name.attempts + :one",
        )
        update.remove("deliveries.#name.claimed_until")
        return self._write(update)

    def schedule_retry(self, alert: Alert, at: datetime | None) -> None:
        """When an alert is to be looked at again; None once all its deliveries are settled.

        Deliveries may have been settled, or put back, since the alert was read: then whoever did so has
        said when, and that stands.
        """
        update = Update(self.table, key_id=alert.key_id, alert=alert_items.alert_name(alert.id))
        update.require("attribute_exists(deliveries)")
        states = []
        for place, name in enumerate(alert.deliveries):
            update.name(f"#d{place}", name)
            states.append(f"deliveries.#d{place}.#state")
        if states:
            update.name("#state", "state")
            update.value(":pending", DeliveryState.PENDING.value)
        if at is None:
            update.remove("due", "due_at")
            update.require(*(f"{state} <> :pending" for state in states))
        else:
            for name, value in alert_items.due_attributes(at).items():
                update.put(name, value)
            update.require(f"({' OR '.join(f'{state} = :pending' for state in states)})")
        self._write(update)

    def history(self, key_id: str | None, limit: int, after: str | None) -> tuple[list[Alert], str | None]:
        """Alerts from the newest on, of one key or of all, and the id to go on after, None at the end.

        `after` is an alert's id. Over all keys the index may lag a moment behind.
        """
        query: dict[str, Any] = {"TableName": self.table, "ScanIndexForward": False, "Limit": limit}
        bound = alert_items.alert_name(after) if after else alert_items.alert_name("~")
        if key_id is None:
            query["IndexName"] = _HISTORY_INDEX
            query["KeyConditionExpression"] = "history = :partition AND alert < :bound"
            query["ExpressionAttributeValues"] = values({":partition": alert_items.HISTORY, ":bound": bound})
        else:
            query["KeyConditionExpression"] = "key_id = :partition AND alert BETWEEN :first AND :bound"
            first = alert_items.alert_name("")
            query["ExpressionAttributeValues"] = values(
                {":partition": key_id, ":first": first, ":bound": bound}
            )
            query["Limit"] = limit + 1  # the last one shown is among them
        answer: Any = self.client.query(**query)
        found = [alert_items.to_alert(plain(each)) for each in answer["Items"]]
        if key_id is not None:
            found = [each for each in found if each.id != after][:limit]
        # DynamoDB ends a page early, too: at 1 MB.
        goes_on = len(found) == limit or "LastEvaluatedKey" in answer
        return found, found[-1].id if goes_on else None

    def _putting(self, alert: Alert) -> Any:
        return {
            "TableName": self.table,
            "Item": item(alert_items.from_alert(alert)),
            "ConditionExpression": "attribute_not_exists(alert)",
        }

    def _delivery(self, alert: Alert, delivery: str) -> Update:
        update = Update(self.table, key_id=alert.key_id, alert=alert_items.alert_name(alert.id))
        update.name("#name", delivery)
        update.name("#state", "state")
        return update

    def _write(self, update: Update) -> Alert | None:
        written = self._apply(update)
        return None if written is None else alert_items.to_alert(written)

    def _apply(self, update: Update) -> Item | None:
        """The item as it was written, None if its condition failed."""
        try:
            answer: Any = self.client.update_item(**update.request())
        except ServiceError as error:
            if condition_failed(error):
                return None
            raise
        return plain(answer["Attributes"])
