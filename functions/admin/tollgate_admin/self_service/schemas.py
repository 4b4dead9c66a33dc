"""Keys as their holders see them and their parents' holders set them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from tollgate.budget_health.states import BudgetState
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.key_settings import SHOWN_TO_HOLDERS
from tollgate.ledger.scopes import Enforcement, KeyStatus, Priority
from tollgate.ledger.windows import Period
from tollgate_admin.alerts.threshold_schemas import ThresholdBody
from tollgate_admin.keys import schemas
from tollgate_admin.keys.schemas import ChildBody, Tags
from tollgate_admin.keys.setting_fields import showing
from tollgate_admin.web.wire_types import Amount, KeyId, Moment, Name, Usd, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate_admin.self_service.acting_key import Lineage


class ChildCreation(ChildBody):
    """A new child of the acting key or, with `parentId`, of one of its descendants."""

    name: Name
    budget_limit: Amount | None = None
    parent_id: KeyId | None = None


class ChildEdit(ChildBody):
    """Omitted fields keep their values."""

    name: Name = ""


@showing(SHOWN_TO_HOLDERS)
class OwnKeyView(View):
    """A key as holders of it or of its ancestors see it, without the settings for administrators alone.

    `path` is the ids from the acting key down to this one; ancestors of the acting key aren't shown. Null
    thresholds and debounce mean the deployment's.
    """

    # Settings that aren't spelled out here, for their place in the document, stand at its end.
    id: str
    name: str
    parent_id: str | None
    path: list[str]
    status: KeyStatus
    owner_email: str | None
    tags: Tags
    enforcement: Enforcement
    budget_limit: Usd | None
    budget_used: Usd
    budget_held: Usd
    budget_remaining: Usd | None
    budget_state: BudgetState
    packs_left: Usd
    quota_limit: Usd | None
    quota_period: Period | None
    quota_zone: str | None
    quota_start_day: int | None
    quota_carry_unused: bool
    quota_carry_overspend: bool
    quota_used: Usd | None
    quota_held: Usd | None
    quota_allowance: Usd | None
    quota_remaining: Usd | None
    quota_resets_at: Moment | None
    rpm_limit: int | None
    tpm_limit: int | None
    max_parallel: int | None
    temporary_limits: list[schemas.TemporaryLimit]
    requests_open: int
    overcommit: bool
    allowed_models: list[str] | None
    safety_level: int | None
    priority: Priority
    keep_bodies: bool
    manage_children: bool
    billing_mode: BillingMode | None
    cost_centre: str | None
    overage: Overage
    overage_limit: Usd | None
    overage_factor: Usd
    budget_refusal_status: int | None
    expires_at: Moment | None
    budget_alert_thresholds: tuple[ThresholdBody, ...] | None
    alert_debounce_seconds: int | None
    previous_secrets_valid_until: Moment | None
    revision: int
    created_at: Moment
    updated_at: Moment
    last_used_at: Moment | None

    @classmethod
    def of(cls, lineage: Lineage, now: datetime) -> Self:
        return cls(**own_key_fields(lineage, now))


class IssuedOwnKeyView(OwnKeyView):
    """A key with its new secret, which is shown only in this response."""

    key: str


def own_key_fields(lineage: Lineage, now: datetime) -> dict[str, Any]:
    shown = schemas.state_fields(lineage.scope, lineage.path, now)
    return shown if len(lineage.path) > 1 else {**shown, "parent_id": None}
