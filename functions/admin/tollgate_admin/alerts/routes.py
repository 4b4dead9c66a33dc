"""The history of alerts, and a test alert."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate import money
from tollgate.alerts import alerts
from tollgate_admin.alerts.schemas import AlertView
from tollgate_admin.composition import services_of
from tollgate_admin.web import field_errors, problems
from tollgate_admin.web.wire_types import KeyId, Page, QueryModel, RequestModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance
    from tollgate.ledger.thresholds import Threshold

router = APIGatewayRouter()

AlertId = Annotated[
    str, StringConstraints(pattern=field_errors.pattern(r"^alr_[0-9a-z]{26}$", "is not the id of an alert"))
]


class AlertsQuery(QueryModel):
    """Which page of the alerts, of one key or of all."""

    key_id: KeyId | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: AlertId | None = None


class AlertTest(RequestModel):
    """`percent` defaults to the key's highest threshold."""

    key_id: KeyId
    percent: int | None = None


@router.get("/alerts")
def list_alerts(request: Request, query: Annotated[AlertsQuery, Query()]) -> Page[AlertView]:
    """List alerts, newest first. Without `keyId`, the newest may appear with a short delay."""
    found, following = services_of(request).alerts.history(query.key_id, query.limit, query.cursor)
    return Page[AlertView](data=[AlertView.of(alert) for alert in found], next_cursor=following)


@router.post("/alerts/test")
def raise_test(request: Request, body: AlertTest) -> tuple[AlertView, Literal[HTTPStatus.ACCEPTED]]:
    """Send a test alert about a key's current budget to a threshold's recipients, within a minute."""
    services = services_of(request)
    now = services.clock()
    scope = services.keys.get(body.key_id)
    if scope is None:
        raise problems.not_found("API key", body.key_id)
    policy = services.alert_policy.alert_policy()
    threshold = _chosen(policy.thresholds_of(scope), body.percent)
    balance = _fullest(scope.balances_at(now))
    alert = alerts.new_alert(scope, alerts.sample(balance, threshold), policy.admin_emails, now)
    services.alerts.put(alert)
    return AlertView.of(alert), HTTPStatus.ACCEPTED


def _chosen(thresholds: Sequence[Threshold], percent: int | None) -> Threshold:
    if not thresholds:
        raise problems.invalid(
            "keyId", "names a key without thresholds, so the alert would have no recipients"
        )
    if percent is None:
        return max(thresholds, key=lambda each: each.percent)
    for threshold in thresholds:
        if threshold.percent == percent:
            return threshold
    known = ", ".join(str(threshold.percent) for threshold in thresholds)
    raise problems.invalid("percent", f"must be one of the key's thresholds: {known}")


def _fullest(balances: Sequence[Balance]) -> Balance | None:
    """The budget that an alert would come from first."""
    return max(balances, key=_share_used, default=None)


def _share_used(balance: Balance) -> Decimal:
    return balance.used / balance.allowance if balance.allowance > 0 else money.ONE
