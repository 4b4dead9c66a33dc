"""Types of settings. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Generic, Literal, TypedDict, TypeVar

from tollgate_client.generated.types.shared_types import Enforcement

T = TypeVar("T")

Source = Literal["settings", "deployment", "product"]


class DeploymentView(TypedDict):
    """What the template's parameters say, and which version of Tollgate is deployed.

    Days and months of costs are those of `reportingZone`; there are `maxKeyDepth` levels of keys at
    most.
    """

    version: str
    reportingZone: str
    maxKeyDepth: int


class Setting(TypedDict, Generic[T]):
    value: T
    default: T
    source: Source


class SettingsEdit(TypedDict, total=False):
    """Omitted fields keep their values; null restores the default."""

    defaultMonthlyQuota: str | None
    defaultEnforcement: Enforcement | None
    defaultRpmLimit: int | None
    defaultTpmLimit: int | None
    defaultMaxParallel: int | None
    defaultExpiryDays: int | None
    rotationGraceSeconds: int | None
    selfServiceMailDomains: list[str] | None
    selfServiceMinDebounceSeconds: int | None


class SettingsView(TypedDict):
    """The settings of new keys that don't specify their own; the monthly quota is for keys without a
    parent.

    Through self-service, a key may choose mail addresses in `selfServiceMailDomains` and its owner's
    domain, and a debounce of at least `selfServiceMinDebounceSeconds`. `revision` is 0 until an admin
    sets something.
    """

    defaultMonthlyQuota: Setting[str | None]
    defaultEnforcement: Setting[Enforcement]
    defaultRpmLimit: Setting[int | None]
    defaultTpmLimit: Setting[int | None]
    defaultMaxParallel: Setting[int | None]
    defaultExpiryDays: Setting[int | None]
    rotationGraceSeconds: Setting[int]
    selfServiceMailDomains: Setting[list[str]]
    selfServiceMinDebounceSeconds: Setting[int]
    deployment: DeploymentView
    revision: int
