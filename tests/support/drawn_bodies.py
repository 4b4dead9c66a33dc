"""Bodies that the admin API takes, drawn at random: each field in all the spellings that it may have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import count
from operator import ne
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tollgate.catalog.catalog import ProviderApi
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_MODELS = st.sampled_from(["gpt-4o", "gpt-4o-mini", "claude/3.5", "a:b", "embed@1"])
_WORDS = st.sampled_from(["a", "Search team", "  padded  ", "Überblick", "=formula", "x" * 128, "日本"])
_LABELS = st.sampled_from(["batch", "flex", "us_east_1", "priority"])
_EMAILS = st.sampled_from(["ann@example.com", "Ann@Example.com", "b.c+d@mail.example.org"])
_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"])
_MANAGED = st.none() | st.sampled_from(["platform", "team/a-1_b.c"])
_BETAS = st.sampled_from(["fast-mode-2026-02-01", "context-*", "*"])


def optional(**fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def decimals(most: int, places: int, least: str = "0") -> SearchStrategy[Any]:
    """As text with more or fewer zeros than need be, or as a number."""
    numbers = st.decimals(least, most, places=places, allow_nan=False)
    return st.one_of(
        numbers.map(lambda each: format(each, "f")),
        numbers.map(lambda each: format(each.normalize(), "f")),
        st.integers(int(least.partition(".")[0]) + 1, most),
    )


@st.composite
def _moments(draw: st.DrawFn) -> str:
    """In any zone, and finer than what is kept."""
    at = draw(st.datetimes(datetime(2027, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - gets its zone below
    zone = timezone(timedelta(minutes=draw(st.sampled_from([0, 60, -210, 345]))))
    shown = at.replace(tzinfo=UTC).astimezone(zone).isoformat()
    return shown.replace("+00:00", "Z") if draw(st.booleans()) else shown


def _ascending(count: int, least: int, most: int) -> SearchStrategy[list[int]]:
    return st.lists(st.integers(least, most), max_size=count, unique=True).map(sorted)


@st.composite
def thresholds(draw: st.DrawFn) -> list[dict[str, Any]]:
    notify = st.lists(
        st.sampled_from(["owner", "admin", "a@example.com", "B@example.com"]), min_size=1, unique=True
    )
    levels = st.sampled_from(["warning", "urgent", "limit"])
    return [
        {"percent": percent, "level": draw(levels), "notify": draw(notify)}
        for percent in draw(_ascending(4, 1, 1000))
    ]


@st.composite
def _quotas(draw: st.DrawFn) -> dict[str, Any]:
    """With a limit, any of the rest; without one, nothing of it."""
    if draw(st.booleans()):
        return draw(
            optional(
                quotaLimit=st.none(),
                quotaPeriod=st.none(),
                quotaZone=st.none(),
                quotaStartDay=st.none(),
                quotaCarryUnused=st.just(False),
            )
        )
    period = draw(st.sampled_from(["day", "week", "month"]))
    last = {"day": 1, "week": 7, "month": 31}[period]
    body = optional(
        quotaZone=st.none() | _ZONES,
        quotaStartDay=st.none() | st.integers(1, last),
        quotaCarryUnused=st.booleans(),
        quotaCarryOverspend=st.booleans(),
    )
    return {"quotaLimit": draw(decimals(10**6, 18)), "quotaPeriod": period, **draw(body)}


@st.composite
def _downgrades(draw: st.DrawFn) -> dict[str, Any]:
    rules = []
    for model in draw(st.lists(_MODELS, min_size=1, max_size=2, unique=True)):
        others = _MODELS.filter(partial(ne, model))
        rules.append({"from": model, "to": draw(st.lists(others, min_size=1, max_size=3, unique=True))})
    enter = draw(st.integers(2, 100))
    rest = optional(switchConversations=st.booleans())
    return {
        "rules": rules,
        "enterPercent": enter,
        "exitPercent": draw(st.integers(1, enter - 1)),
        **draw(rest),
    }


@st.composite
def _reserves(draw: st.DrawFn) -> dict[str, Any]:
    low, normal, high = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    policies = st.sampled_from(["shed", "downgrade", "pass"])
    classes = {
        name: {"upToPercent": percent, **draw(optional(policy=policies))}
        for name, percent in (("low", low), ("normal", normal), ("high", high))
    }
    return {**classes, **draw(optional(pacingSlackPercent=st.none() | st.integers(0, 100)))}


_increases = st.fixed_dictionaries(
    {
        "by": st.fixed_dictionaries({"usd": decimals(100, 18, "1")})
        | st.fixed_dictionaries({"percent": st.integers(1, 1000), "usd": st.none()}),
        "maxTotal": decimals(1000, 18, "1"),
    },
    optional={
        "atPercent": st.integers(1, 100),
        "times": st.integers(1, 100),
        "ttlSeconds": st.integers(60, 10**6),
        "cooldownSeconds": st.integers(0, 10**6),
    },
)
_scheduled = st.fixed_dictionaries(
    {"factor": decimals(99, 3)},
    optional={
        "from": st.none() | _moments(),
        "models": st.none() | st.lists(_MODELS, min_size=1, max_size=3),
    },
)
_KEY_FIELDS: dict[str, SearchStrategy[Any]] = {
    "name": _WORDS,
    "ownerEmail": st.none() | _EMAILS,
    "budgetAlertThresholds": st.none() | thresholds(),
    "alertDebounceSeconds": st.none() | st.integers(0, 10**6),
    "enforcement": st.sampled_from(["soft", "hard"]),
    "rpmLimit": st.none() | st.integers(1, 10**9),
    "tpmLimit": st.none() | st.integers(1, 10**9),
    "maxParallel": st.none() | st.integers(1, 1000),
    "overcommit": st.booleans(),
    "allowedModels": st.none() | st.lists(_MODELS, min_size=1, max_size=5),
    "expiresAt": st.none() | _moments(),
    "tags": st.dictionaries(_LABELS, _WORDS, max_size=3),
    "safetyLevel": st.none() | st.integers(0, 100),
    "priority": st.sampled_from(["low", "normal", "high", "critical"]),
    "manageChildren": st.booleans(),
    "budgetRefusalStatus": st.none() | st.sampled_from([400, 402, 429]),
    "downgrade": st.none() | _downgrades(),
    "priorityReserves": st.none() | _reserves(),
    "automaticIncrease": st.none() | _increases,
    "managedBy": _MANAGED,
    "priceFactor": st.none() | decimals(99, 3),
    "modelPriceFactors": st.dictionaries(_MODELS, decimals(99, 3), max_size=3),
    "scheduledPriceFactors": st.lists(_scheduled, max_size=3),
    "minimumFee": st.none() | decimals(10, 18),
    "keepBodies": st.booleans(),
    "billingMode": st.none() | st.sampled_from(["internal", "external", "hybrid"]),
    "costCentre": st.none() | _WORDS,
    "overage": st.sampled_from(["stop", "metered"]),
    "overageLimit": st.none() | decimals(100, 18),
    "overageFactor": decimals(99, 3, "1"),
}


def keys() -> SearchStrategy[dict[str, Any]]:
    """All that a key can be created with, but its parent and its external id, which there must be."""
    budgets = optional(budgetLimit=st.none() | decimals(10**9, 18))
    drawn = st.tuples(optional(**_KEY_FIELDS), _quotas(), budgets)
    return drawn.map(lambda each: {"name": "a key", **each[0], **each[1], **each[2]})


_RATES = [
    "inputPrice",
    "cachedInputPrice",
    "cacheWritePrice",
    "cacheWrite1hPrice",
    "inputAudioPrice",
    "inputImagePrice",
    "outputPrice",
    "reasoningPrice",
    "outputAudioPrice",
    "outputImagePrice",
]
_rates = optional(**dict.fromkeys(_RATES, st.none() | decimals(9999, 8)))
_windows = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(["sun", "mon", "thu", "sat"]), min_size=1, max_size=5),
        "start": st.sampled_from(["16:30", "00:00"]),
        "end": st.sampled_from(["00:30", "23:59"]),
        "zone": _ZONES,
        "multiplier": decimals(9, 2),
    }
)


@st.composite
def prices(draw: st.DrawFn) -> dict[str, Any]:
    tiers = [{"abovePromptTokens": above, **draw(_rates)} for above in draw(_ascending(2, 1, 99_999))]
    others = optional(
        tiers=st.just(tiers),
        serviceTiers=st.dictionaries(_LABELS, decimals(3, 1), max_size=2),
        serviceTierPrices=st.dictionaries(_LABELS, _rates, max_size=2),
        inferenceGeos=st.dictionaries(_LABELS, decimals(3, 1), max_size=2),
        windows=st.lists(_windows, max_size=2),
        requestPrice=decimals(9, 8),
        toolPrices=st.dictionaries(_LABELS, decimals(9, 8), max_size=2),
        source=st.none() | st.just("https://example.com/prices"),
        sourcedAt=st.none() | st.just("2026-11-01"),
    )
    return {**draw(_rates), **draw(others)}


_PLACES = {"weight": st.integers(1, 1000), "priority": st.integers(0, 100)}
_NUMBERS = count()
_MODEL_FIELDS: dict[str, SearchStrategy[Any]] = {
    # No other model of the gateway may have them.
    "aliases": st.lists(st.builds(lambda: f"team/alias@2:{next(_NUMBERS)}"), max_size=2),
    "allowUnpriced": st.booleans(),
    "allowUnpricedOptions": st.booleans(),
    "strictTranslation": st.booleans(),
    "contextLimit": st.none() | st.integers(1, 10**8),
    "outputLimit": st.none() | st.integers(1, 10**8),
    "fallbacks": st.lists(st.sampled_from(["other", "third/model"]), unique=True, max_size=2),
    "safetyLevel": st.integers(0, 100),
    "promptOverhead": st.none() | st.integers(0, 10**6),
    "managedBy": _MANAGED,
    **_PLACES,
}


@st.composite
def models(draw: st.DrawFn, provider_ids: list[str]) -> dict[str, Any]:
    """Of providers of one type. Without the system name and the type, which no edit takes."""
    remote_ids = ["remote", "  other ", "third"]
    served = draw(
        st.lists(
            st.tuples(st.sampled_from(provider_ids), st.sampled_from(remote_ids)),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    first, *others = [{"providerId": provider, "remoteId": remote} for provider, remote in served]
    unpriced: SearchStrategy[dict[str, Any]] = st.just({})
    alternatives = [{**other, **draw(optional(**_PLACES)), **draw(unpriced | prices())} for other in others]
    return {**first, **draw(optional(**_MODEL_FIELDS)), **draw(prices()), "alternatives": alternatives}


_APIS = st.fixed_dictionaries(
    {"api": st.sampled_from([each.value for each in ProviderApi])},
    optional={
        "baseUrl": st.sampled_from([None, "https://api.openai.com/v2", "https://api.openai.com/v1/messages"]),
        "authHeader": st.sampled_from([None, "authorization", "api-key"]),
    },
)


def providers() -> SearchStrategy[dict[str, Any]]:
    """What both a creation and an edit of a provider take, all of one host."""
    urls = ["https://api.openai.com", "https://api.openai.com/v1/", "https://api.openai.com/v1/responses"]
    return st.fixed_dictionaries(
        {"baseUrl": st.sampled_from(urls), "apiKey": st.sampled_from(["sk-1", "sk-2"])},
        optional={
            "authHeader": st.sampled_from(["authorization", "x-api-key", "api-key"]),
            "outputLimitName": st.sampled_from(["max_completion_tokens", "max_tokens"]),
            "streamUsage": st.sampled_from(["on_request", "always"]),
            "vendor": st.sampled_from([each.value for each in Vendor]),
            "betaHeaders": st.lists(_BETAS, max_size=3),
            "apis": st.none() | st.lists(_APIS, min_size=1, unique_by=lambda each: each["api"]),
            "managedBy": _MANAGED,
        },
    )


def settings() -> SearchStrategy[dict[str, Any]]:
    return optional(
        defaultMonthlyQuota=st.none() | decimals(10**6, 18),
        defaultEnforcement=st.none() | st.sampled_from(["soft", "hard"]),
        defaultRpmLimit=st.none() | st.integers(1, 10**9),
        defaultTpmLimit=st.none() | st.integers(1, 10**9),
        defaultMaxParallel=st.none() | st.integers(1, 1000),
        defaultExpiryDays=st.none() | st.integers(1, 3650),
        rotationGraceSeconds=st.none() | st.integers(0, 2_592_000),
        selfServiceMailDomains=st.none()
        | st.lists(st.sampled_from(["Example.com", "mail.example.org"]), unique=True),
        selfServiceMinDebounceSeconds=st.none() | st.integers(0, 10**6),
    )


alert_defaults = st.fixed_dictionaries(
    {
        "budgetAlertThresholds": thresholds(),
        "debounceSeconds": st.integers(0, 10**6),
        "remindAfterSeconds": st.none() | st.integers(3600, 10**6),
        "forecastDays": st.integers(0, 366),
        "notifyRecovery": st.booleans(),
        "adminEmails": st.lists(st.sampled_from(["Ops@example.com", "b@example.com"]), unique=True),
        "consoleUrl": st.none() | st.just("https://console.example.com/x"),
    }
)
