"""The settings that new keys get by default."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import AfterValidator, Field, StringConstraints

import tollgate
from tollgate.keys.key_defaults import KeyDefaultOverrides, KeyDefaults
from tollgate.ledger.scopes import Enforcement
from tollgate_admin.alerts.threshold_schemas import DebounceSeconds, distinct
from tollgate_admin.audit import recorder
from tollgate_admin.composition import services_of
from tollgate_admin.keys.schemas import Parallel, Rate
from tollgate_admin.web import field_errors, revisions
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Amount, RequestModel, Usd, View

if TYPE_CHECKING:
    from tollgate_admin.settings import Settings

router = APIGatewayRouter()

# Under which the audit has them: there is one such document.
ENTITY = "settings"

# The defaults by their names here.
_NAMES = {
    "default_monthly_quota": "monthly_quota",
    "default_enforcement": "enforcement",
    "default_rpm_limit": "rpm_limit",
    "default_tpm_limit": "tpm_limit",
    "default_max_parallel": "max_parallel",
    "default_expiry_days": "expiry_days",
    "rotation_grace_seconds": "rotation_grace_seconds",
    "self_service_mail_domains": "self_service_mail_domains",
    "self_service_min_debounce_seconds": "self_service_min_debounce_seconds",
}

MailDomain = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$",
            "must be a domain like example.com",
        ),
        to_lower=True,
        max_length=253,
    ),
]

T = TypeVar("T")


class Source(StrEnum):
    """Who set a default: an admin, the deployment, or Tollgate itself."""

    SETTINGS = "settings"
    DEPLOYMENT = "deployment"
    PRODUCT = "product"


class Setting(View, Generic[T]):
    """`default` is what `value` would be if admins had not set it; null is no limit."""

    value: T
    default: T
    source: Source


class SettingsEdit(RequestModel):
    """Omitted fields keep their values; null restores the default."""

    default_monthly_quota: Amount | None = None
    default_enforcement: Enforcement | None = None
    default_rpm_limit: Rate | None = None
    default_tpm_limit: Rate | None = None
    default_max_parallel: Parallel | None = None
    default_expiry_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    rotation_grace_seconds: Annotated[int, Field(ge=0, le=2_592_000)] | None = None
    self_service_mail_domains: (
        Annotated[tuple[MailDomain, ...], Field(max_length=50), AfterValidator(distinct)] | None
    ) = None
    self_service_min_debounce_seconds: DebounceSeconds | None = None


class DeploymentView(View):
    """What the template's parameters say, and which version of Tollgate is deployed.

    Days and months of costs are those of `reportingZone`; there are `maxKeyDepth` levels of keys at most.
    """

    version: str
    reporting_zone: str
    max_key_depth: int


class SettingsView(View):
    """The settings of new keys that don't specify their own; the monthly quota is for keys without a parent.

    Through self-service, a key may choose mail addresses in `selfServiceMailDomains` and its owner's domain,
    and a debounce of at least `selfServiceMinDebounceSeconds`. `revision` is 0 until an admin sets something.
    """

    default_monthly_quota: Setting[Usd | None]
    default_enforcement: Setting[Enforcement]
    default_rpm_limit: Setting[int | None]
    default_tpm_limit: Setting[int | None]
    default_max_parallel: Setting[int | None]
    default_expiry_days: Setting[int | None]
    rotation_grace_seconds: Setting[int]
    self_service_mail_domains: Setting[tuple[str, ...]]
    self_service_min_debounce_seconds: Setting[int]
    deployment: DeploymentView
    revision: int

    @classmethod
    def of(cls, defaults: KeyDefaultOverrides, deployed: Settings) -> Self:
        shown = {wire: _setting(defaults, name) for wire, name in _NAMES.items()}
        deployment = DeploymentView(
            version=tollgate.__version__,
            reporting_zone=deployed.reporting_zone.key,
            max_key_depth=deployed.max_key_depth,
        )
        return cls(**shown, deployment=deployment, revision=defaults.revision)


@router.get("/settings")
def get_settings(request: Request) -> SettingsView:
    """Get the defaults of new keys, and the source of each; and what only a deployment changes."""
    services = services_of(request)
    return SettingsView.of(services.key_defaults.read(), services.settings)


@router.patch("/settings")
def update_settings(request: Request, body: SettingsEdit) -> SettingsView:
    """Change the defaults of keys created from now on."""
    services, asked = services_of(request), ChangeRequest.of(request)
    given = {_NAMES[wire]: value for wire, value in body.changes().items()}

    def edit() -> KeyDefaultOverrides:
        seen = services.key_defaults.read()
        asked.require(seen.revision)
        wanted = seen.changed(given)
        if wanted == seen:
            return seen
        change = recorder.audit_change(asked, ENTITY, ("settings.update",), _chosen(seen), _chosen(wanted))
        return services.key_defaults.replace(seen, wanted, *services.audit.audit_writes(change))

    return SettingsView.of(revisions.retry_on_conflict(edit), services.settings)


def _setting(defaults: KeyDefaultOverrides, name: str) -> dict[str, Any]:
    default = getattr(defaults.deployed, name)
    if name in defaults.chosen:
        return {"value": defaults.chosen[name], "default": default, "source": Source.SETTINGS}
    of_product = default == getattr(KeyDefaults(), name)
    return {
        "value": default,
        "default": default,
        "source": Source.PRODUCT if of_product else Source.DEPLOYMENT,
    }


def _chosen(defaults: KeyDefaultOverrides) -> dict[str, Any]:
    """Those that admins have set, as they set them."""
    chosen = {wire: defaults.chosen[name] for wire, name in _NAMES.items() if name in defaults.chosen}
    return SettingsEdit(**chosen).model_dump(mode="json", by_alias=True, exclude_unset=True)
