"""Keys on the wire: what they are created with, what can be edited, and how they are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from tollgate import money
from tollgate.alerts.decisions import AlertPolicy
from tollgate.budget_health.states import BudgetState, budget_state
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.key_settings import SHOWN
from tollgate.ledger.policies.temporary_limits import Raise, RaisedBy
from tollgate.ledger.scopes import Enforcement, Priority, Scope
from tollgate.ledger.windows import Period
from tollgate_admin.alerts.threshold_schemas import DebounceSeconds, ThresholdBody, Thresholds, to_bodies
from tollgate_admin.keys import setting_fields
from tollgate_admin.keys.downgrade_schemas import DowngradeBody
from tollgate_admin.keys.factor_schemas import FactorSchedule, ModelFactors, PriceTermsInEffect
from tollgate_admin.keys.policy_schemas import AutomaticIncreaseBody, PriorityReservesBody
from tollgate_admin.web import field_errors
from tollgate_admin.web.wire_types import (
    Amount,
    Email,
    Expiry,
    Factor,
    KeyId,
    ManagedBy,
    Moment,
    Name,
    RequestModel,
    SafetyLevel,
    SystemName,
    Usd,
    View,
    Zone,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Costs are added up by tag: all of a request's sums are one write, and `name=value` is part of an item's key.
_MAX_TAGS = 20
_MAX_TAG_BYTES = 1024


def _short_tags(tags: dict[str, str]) -> dict[str, str]:
    if any(len(f"{name}={value}".encode()) > _MAX_TAG_BYTES for name, value in tags.items()):
        message = f"a tag's name and value must not be longer than {_MAX_TAG_BYTES - 1} bytes together"
        raise ValueError(message)
    return tags


Tags = Annotated[
    dict[
        Annotated[
            str,
            StringConstraints(
                pattern=field_errors.pattern(
                    r"^[^=]{1,64}$", "must be a name of 1 to 64 characters without `=`"
                )
            ),
        ],
        Annotated[str, StringConstraints(max_length=256)],
    ],
    Field(max_length=_MAX_TAGS),
    AfterValidator(_short_tags),
]
AllowedModels = Annotated[list[SystemName], Field(min_length=1, max_length=100)]
Rate = Annotated[int, Field(ge=1, le=1_000_000_000)]
# Those that clients take for final: by their type or code, as a payment, as a request that is wrong.
BudgetRefusalStatus = Literal[400, 402, 429]
# Less than 1 would make a call the cheaper for coming too late.
OverageFactor = Annotated[Factor, Field(ge=1)]
Parallel = Annotated[int, Field(ge=1, le=1000)]


class QuotaBody(RequestModel):
    """A recurring quota. With a null `quotaLimit`, only the quotas of ancestors apply.

    A null period, zone or start day is the usual one.
    """

    quota_limit: Amount | None = None
    quota_period: Period | None = Period.MONTH
    quota_zone: Zone | None = "UTC"
    quota_start_day: Annotated[int, Field(ge=1, le=31)] | None = 1
    quota_carry_unused: bool = False
    quota_carry_overspend: bool = False


class ChildBody(QuotaBody):
    """Settings that admins and parent keys can create and edit; null removes an optional one.

    Without its own thresholds or debounce, a key has the alert defaults. An empty list means no alerts.
    """

    owner_email: Email | None = None
    budget_alert_thresholds: Thresholds | None = None
    alert_debounce_seconds: DebounceSeconds | None = None
    enforcement: Enforcement = Enforcement.SOFT
    rpm_limit: Rate | None = None
    tpm_limit: Rate | None = None
    max_parallel: Parallel | None = None
    overcommit: bool = True
    allowed_models: AllowedModels | None = None
    expires_at: Expiry | None = None
    tags: Tags = Field(default_factory=dict)
    safety_level: SafetyLevel | None = None
    priority: Priority = Priority.NORMAL
    manage_children: bool = False
    budget_refusal_status: BudgetRefusalStatus | None = None
    downgrade: DowngradeBody | None = None
    priority_reserves: PriorityReservesBody | None = None
    automatic_increase: AutomaticIncreaseBody | None = None


class SharedBody(ChildBody):
    """Further settings that only admins can set."""

    parent_id: KeyId | None = None
    external_id: Name | None = None
    managed_by: ManagedBy | None = None
    price_factor: Factor | None = None
    model_price_factors: ModelFactors = Field(default_factory=dict)
    scheduled_price_factors: FactorSchedule = ()
    minimum_fee: Amount | None = None
    keep_bodies: bool = False
    billing_mode: BillingMode | None = None
    cost_centre: Name | None = None
    overage: Overage = Overage.STOP
    overage_limit: Amount | None = None
    overage_factor: OverageFactor = money.ONE


class KeyCreation(SharedBody):
    """Omitted fields get the default settings; the priority is then at most the parent's."""

    name: Name
    budget_limit: Amount | None = None


class KeyEdit(SharedBody):
    """Omitted fields keep their values. `parentId` can't be combined with other fields."""

    name: Name = ""


class BudgetEdit(QuotaBody):
    """Omitted fields keep their values. A null `budgetLimit` removes the limit."""

    budget_limit: Amount | None
    budget_alert_thresholds: Thresholds | None = None
    owner_email: Email | None = None
    enforcement: Enforcement = Enforcement.SOFT
    overcommit: bool = True


class BudgetReset(RequestModel):
    """Which of the used amounts to reset."""

    budget: bool = True
    quota: bool = True


class Rotation(RequestModel):
    """How long the present secrets stay valid, up to 30 days; by default as the settings say."""

    grace_seconds: Annotated[int, Field(ge=0, le=2_592_000)] | None = None


class TemporaryLimit(View):
    """A limit that is raised `until` a moment, at which it falls back to `falls_back_to`."""

    window: str
    limit: Usd
    falls_back_to: Usd
    until: Moment
    by: RaisedBy

    @classmethod
    def of(cls, noted: Raise) -> Self:
        return cls(
            window=noted.window, limit=noted.limit, falls_back_to=noted.base, until=noted.until, by=noted.by
        )


@setting_fields.showing(SHOWN)
class KeySettings(View):
    """A key's settings, whose changes the audit log shows. Null thresholds mean the alert defaults.

    `selfNamed` says that the holder of a parent key named the key, not an admin.
    """


class KeyView(KeySettings):
    """`path` is the ids from the root down to the key itself. The quota is shown for the present window.

    `priceTermsInEffect` are the key's own or those that it has from keys above it.
    `packsLeft` is what is left of the packs that pay for calls of all models now.

    Thresholds and debounce are those in effect, the key's own or the alert defaults.
    """

    id: str
    path: list[str]
    budget_alert_thresholds: tuple[ThresholdBody, ...]
    budget_alert_thresholds_inherited: bool
    alert_debounce_seconds: int
    alert_debounce_seconds_inherited: bool
    price_terms_in_effect: PriceTermsInEffect
    budget_used: Usd
    budget_held: Usd
    budget_remaining: Usd | None
    budget_state: BudgetState
    packs_left: Usd
    quota_used: Usd | None
    quota_held: Usd | None
    quota_allowance: Usd | None
    quota_remaining: Usd | None
    quota_resets_at: Moment | None
    temporary_limits: list[TemporaryLimit]
    requests_open: int
    downgrading: bool
    previous_secrets_valid_until: Moment | None
    revision: int
    created_at: Moment
    updated_at: Moment
    last_used_at: Moment | None


class IssuedKeyView(KeyView):
    """A key with its new secret, which is shown only in this response; null if there is none."""

    key: str | None


def settings_fields(scope: Scope) -> dict[str, Any]:
    return setting_fields.shown(SHOWN, scope)


def key_fields(chain: Sequence[Scope], policy: AlertPolicy, now: datetime) -> dict[str, Any]:
    """Of the first of a chain, which the others are above."""
    scope, path = chain[0], [each.key_id for each in reversed(chain)]
    return {
        **state_fields(scope, path, now),
        "price_terms_in_effect": PriceTermsInEffect.of(chain, now),
        "budget_alert_thresholds": to_bodies(policy.thresholds_of(scope)),
        "budget_alert_thresholds_inherited": scope.thresholds is None,
        "alert_debounce_seconds": policy.debounce_of(scope) // timedelta(seconds=1),
        "alert_debounce_seconds_inherited": scope.alert_debounce_seconds is None,
    }


def state_fields(scope: Scope, path: list[str], now: datetime) -> dict[str, Any]:
    """A key's settings, and how it stands."""
    # A limit that has ended shows as such, be it stored or not.
    scope = scope.advanced(now)
    balances = {balance.window == "total": balance for balance in scope.balances()}
    budget, quota = balances.get(True), balances.get(False)
    return {
        **settings_fields(scope),
        "id": scope.key_id,
        "path": path,
        "status": scope.status_at(now),
        "budget_used": scope.budget_used,
        "budget_held": scope.budget_held,
        "budget_remaining": budget.remaining if budget else None,
        "budget_state": budget_state(scope, now),
        "packs_left": scope.packs_left,
        "quota_used": quota.used if quota else None,
        "quota_held": quota.held if quota else None,
        "quota_allowance": quota.allowance if quota else None,
        "quota_remaining": quota.remaining if quota else None,
        "quota_resets_at": quota.resets_at if quota else None,
        "temporary_limits": [TemporaryLimit.of(each) for each in scope.raises.values()],
        "requests_open": len(scope.holds),
        "downgrading": scope.downgrading,
        "previous_secrets_valid_until": scope.old_secrets_valid_until(now),
        "revision": scope.revision,
        "created_at": scope.created_at,
        "updated_at": scope.updated_at,
        "last_used_at": scope.last_used_at,
    }
