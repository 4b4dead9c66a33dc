"""The alerts' defaults, as admins set them: an item of the catalog table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.aws import dynamodb
from tollgate.aws.transactions import put_revision
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store.scope_items import thresholds_to_item, to_thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.alerts.decisions import AlertPolicy

_KIND, _ID = "settings", "alerts"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The defaults and their revision, 0 while nobody has set any."""

    policy: AlertPolicy
    revision: int


@dataclass(frozen=True, slots=True)
class AlertPolicyTable:
    """`deployed` is what holds until admins set something else."""

    client: DynamoDBClient
    table: str
    deployed: AlertPolicy

    def alert_policy(self) -> AlertPolicy:
        return self.read().policy

    def read(self) -> StoredPolicy:
        stored = dynamodb.get(self.client, self.table, kind=_KIND, id=_ID)
        if stored is None:
            return StoredPolicy(self.deployed, 0)
        return StoredPolicy(_to_policy(stored, self.deployed), int(stored["revision"]))

    def replace(self, seen: StoredPolicy, policy: AlertPolicy, *writes: Any) -> StoredPolicy:
        """Stores other defaults, together with `writes`; raises `EditConflictError`."""
        put_revision(self.client, self.table, _from_policy(policy), seen.revision, *writes)
        return StoredPolicy(policy, seen.revision + 1)


def _from_policy(policy: AlertPolicy) -> dict[str, Any]:
    reminder = policy.remind_after
    return {
        "kind": _KIND,
        "id": _ID,
        "thresholds": thresholds_to_item(policy.thresholds),
        "debounce_seconds": int(policy.debounce.total_seconds()),
        "remind_after_seconds": None if reminder is None else int(reminder.total_seconds()),
        "forecast_days": policy.forecast_days,
        "tells_recovery": policy.tells_recovery,
        "admin_emails": list(policy.admin_emails),
        "console_url": policy.console_url,
    }


def _to_policy(stored: Mapping[str, Any], deployed: AlertPolicy) -> AlertPolicy:
    reminder = stored.get("remind_after_seconds")
    return replace(
        deployed,
        thresholds=to_thresholds(stored["thresholds"]),
        debounce=timedelta(seconds=int(stored["debounce_seconds"])),
        remind_after=None if reminder is None else timedelta(seconds=int(reminder)),
        forecast_days=int(stored["forecast_days"]),
        tells_recovery=stored["tells_recovery"],
        admin_emails=tuple(stored["admin_emails"]),
        console_url=stored.get("console_url"),
    )
