"""What the admin API shows of things, as plain as can be, for plans that need no gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_cli.configuration import actual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate_cli.configuration.actual import Gateway

View = dict[str, Any]

PROVIDER: View = {
    "id": "prv_1",
    "name": "openai",
    "type": "openai",
    "baseUrl": "https://api.openai.com/v1",
    "hasApiKey": True,
    "authHeader": "authorization",
    "outputLimitName": "max_completion_tokens",
    "streamUsage": "on_request",
    "vendor": "openai",
    "betaHeaders": [],
    "apis": [
        {"api": api, "baseUrl": "https://api.openai.com/v1", "authHeader": "authorization"}
        for api in ("chat", "responses", "embeddings", "images")
    ],
    "apisStated": False,
    "revision": 7,
    "managedBy": "platform",
}
_RATES = (
    *("cachedInputPrice", "cacheWritePrice", "cacheWrite1hPrice", "inputAudioPrice", "inputImagePrice"),
    *("reasoningPrice", "outputAudioPrice", "outputImagePrice", "source", "sourcedAt"),
)
MODEL: View = {
    **dict.fromkeys(_RATES),
    "id": "mdl_1",
    "systemName": "small",
    "providerId": "prv_1",
    "remoteId": "small",
    "modelType": "chat",
    "aliases": [],
    "inputPrice": "1",
    "outputPrice": "2",
    "tiers": [],
    "serviceTiers": {},
    "serviceTierPrices": {},
    "inferenceGeos": {},
    "windows": [],
    "requestPrice": "0",
    "toolPrices": {},
    "effectiveAt": None,
    "allowUnpriced": False,
    "allowUnpricedOptions": False,
    "contextLimit": None,
    "outputLimit": None,
    "weight": 1,
    "priority": 0,
    "alternatives": [],
    "fallbacks": [],
    "safetyLevel": 0,
    "promptOverhead": None,
    "strictTranslation": False,
    "revision": 7,
    "managedBy": "platform",
}
_ABSENT = (
    *("parentId", "ownerEmail", "budgetLimit", "quotaLimit", "quotaPeriod", "quotaZone", "quotaStartDay"),
    *("rpmLimit", "tpmLimit", "maxParallel", "allowedModels", "expiresAt", "billingMode", "costCentre"),
    *("overageLimit", "priceFactor", "minimumFee", "safetyLevel", "downgrade", "priorityReserves"),
    *("automaticIncrease", "budgetRefusalStatus", "lastUsedAt"),
)
KEY: View = {
    **dict.fromkeys(_ABSENT),
    "name": "A key",
    "enforcement": "soft",
    "quotaCarryUnused": False,
    "quotaCarryOverspend": False,
    "overcommit": True,
    "tags": {},
    "overage": "stop",
    "overageFactor": "1",
    "modelPriceFactors": {},
    "scheduledPriceFactors": [],
    "priority": "normal",
    "keepBodies": False,
    "manageChildren": False,
    "budgetAlertThresholds": [],
    "budgetAlertThresholdsInherited": True,
    "alertDebounceSeconds": 3600,
    "alertDebounceSecondsInherited": True,
    "temporaryLimits": [],
    "requestsOpen": 0,
    "status": "active",
    "revision": 7,
    "managedBy": "platform",
}


def key(external_id: str, **shown: Any) -> View:
    """One whose id is `key_` and its external id, without a parent unless that is said, with its path."""
    key_id = f"key_{external_id}"
    return {**KEY, "id": key_id, "externalId": external_id, "path": [key_id], **shown}


def gateway(
    *, providers: Sequence[View] = (), models: Sequence[View] = (), keys: Sequence[View] = ()
) -> Gateway:
    """With settings of which `defaultTpmLimit` is set, and alerts as they are deployed."""
    names = ("MonthlyQuota", "Enforcement", "RpmLimit", "TpmLimit", "MaxParallel", "ExpiryDays")
    settings: View = {
        f"default{name}": {"value": None, "default": None, "source": "product"} for name in names
    }
    settings["defaultMaxParallel"] |= {"value": 100, "default": 100}
    settings["deployment"] = {"maxKeyDepth": 5}
    settings["defaultTpmLimit"] |= {"value": 9, "source": "settings"}
    alerts = {"budgetAlertThresholds": [], "debounceSeconds": 3600, "revision": 0}
    return actual.gateway({**settings, "revision": 0}, alerts, providers, models, keys)
