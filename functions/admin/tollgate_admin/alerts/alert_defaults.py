"""Alert settings for keys without their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import AfterValidator, Field, StringConstraints

from tollgate.alerts.decisions import AlertPolicy
from tollgate.alerts.store.alert_policy import StoredPolicy
from tollgate_admin.alerts.threshold_schemas import (
    DebounceSeconds,
    Thresholds,
    distinct,
    from_bodies,
    to_bodies,
)
from tollgate_admin.audit import recorder
from tollgate_admin.composition import services_of
from tollgate_admin.web import field_errors, revisions
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Email, RequestModel

router = APIGatewayRouter()

# Under which the audit has them: there is one such document.
ENTITY = "alerts"

# A link in mails: printable ASCII without spaces, quotes and angle brackets, and without a user.
ConsoleUrl = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!#-&(-;=?-\[\]_a-z~]*)?$",
            "must be a URL that begins with https://, without a user, spaces or quotes",
        ),
        max_length=1024,
    ),
]


class AlertDefaults(RequestModel):
    """The whole document. `remindAfterSeconds` null reminds never, 0 `forecastDays` forecasts nothing."""

    budget_alert_thresholds: Thresholds
    debounce_seconds: DebounceSeconds
    remind_after_seconds: Annotated[int, Field(ge=3600, le=31_536_000)] | None
    forecast_days: Annotated[int, Field(ge=0, le=366)]
    notify_recovery: bool
    admin_emails: Annotated[tuple[Email, ...], Field(max_length=20), AfterValidator(distinct)]
    console_url: ConsoleUrl | None

    def to_policy(self) -> AlertPolicy:
        reminder = self.remind_after_seconds
        return AlertPolicy(
            thresholds=from_bodies(self.budget_alert_thresholds),
            debounce=timedelta(seconds=self.debounce_seconds),
            remind_after=None if reminder is None else timedelta(seconds=reminder),
            forecast_days=self.forecast_days,
            tells_recovery=self.notify_recovery,
            admin_emails=self.admin_emails,
            console_url=self.console_url,
        )

    @classmethod
    def of(cls, policy: AlertPolicy) -> Self:
        reminder = policy.remind_after
        return cls(
            budget_alert_thresholds=to_bodies(policy.thresholds),
            debounce_seconds=policy.debounce // timedelta(seconds=1),
            remind_after_seconds=None if reminder is None else reminder // timedelta(seconds=1),
            forecast_days=policy.forecast_days,
            notify_recovery=policy.tells_recovery,
            admin_emails=policy.admin_emails,
            console_url=policy.console_url,
        )


class AlertDefaultsEdit(AlertDefaults):
    """All alert defaults. `revision` is optional and, like If-Match, requires that current revision."""

    revision: int | None = None


class AlertDefaultsView(AlertDefaults):
    """`revision` is 0 until an admin sets the defaults."""

    revision: int

    @classmethod
    def of_stored(cls, stored: StoredPolicy) -> Self:
        return cls(**dict(AlertDefaults.of(stored.policy)), revision=stored.revision)


@router.get("/alerts/defaults")
def get_defaults(request: Request) -> AlertDefaultsView:
    """Get the alert defaults in effect."""
    return AlertDefaultsView.of_stored(services_of(request).alert_policy.read())


@router.put("/alerts/defaults")
def set_defaults(request: Request, body: AlertDefaultsEdit) -> AlertDefaultsView:
    """Replace all alert defaults. Stored defaults no longer follow the deployment's parameters.

    Defaults that are in force already are not stored.
    """
    services, asked = services_of(request), ChangeRequest.of(request)
    wanted = body.to_policy()

    def replace() -> StoredPolicy:
        seen = services.alert_policy.read()
        asked.require(seen.revision, body.revision)
        if wanted == seen.policy:
            return seen
        change = recorder.audit_change(asked, ENTITY, ("alerts.update",), _shown(seen.policy), _shown(wanted))
        return services.alert_policy.replace(seen, wanted, *services.audit.audit_writes(change))

    return AlertDefaultsView.of_stored(revisions.retry_on_conflict(replace))


def _shown(policy: AlertPolicy) -> dict[str, Any]:
    return AlertDefaults.of(policy).model_dump(mode="json", by_alias=True)
