"""Configurations at random, of all that a file can say, such as the gateway takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.support.drawn_key_trees import trees
from tollgate_cli.configuration.canonical import Digits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Draw = Any
Document = dict[str, Any]

PROVIDERS = ("Alpha", "beta", "gamma 3")
MODELS = ("large", "small", "vendor/tiny-1.5", "7")
IDENTITIES = {"providers": "name", "models": "systemName", "keys": "externalId"}
KEYS = ("root", "team a", "4711", "null", "ünïcode", "a/b:c")
_URLS = {
    "openai": (
        "https://api.openai.com",
        "https://api.mistral.ai/v1/",
        "https://llm.example.com/v1/chat/completions",
    ),
    "anthropic": ("https://api.anthropic.com/", "https://llm.example.com/anthropic"),
}
_KEY = {"env": "PROVIDER_KEY"}
_PRIORITIES = ("low", "normal", "high", "critical")


def money(most: int = 1000, places: int = 4) -> st.SearchStrategy[Any]:
    """In all the ways in which a file can say it."""
    numbers = st.decimals(0, most, places=places, allow_nan=False)
    texts = numbers.map(lambda number: format(number, "f"))
    return st.one_of(st.integers(0, most), texts, texts.map(Digits))


def factors() -> st.SearchStrategy[Any]:
    return money(9, 2)


TEXTS = st.sampled_from(
    ["Search team", "yes", "1e3", "a: b # c", "0x1F", "~", "Zoë", "- x", "2026-01-01", "'\"\\"]
)
EMAILS = st.sampled_from(["owner@example.com", "Team@example.com", "a+b@example.org"])
MOMENTS = st.sampled_from(
    ["2101-01-01T00:00:00Z", "2101-06-30T23:59:59.123456+02:00", "2102-01-01t00:00:00-05:30"]
)
THRESHOLDS = st.lists(st.integers(1, 200), unique=True, max_size=3).flatmap(
    lambda percents: st.tuples(
        *(
            st.fixed_dictionaries(
                {
                    "percent": st.just(percent),
                    "level": st.sampled_from(["warning", "urgent", "limit"]),
                    "notify": st.lists(
                        st.sampled_from(["owner", "admin", "team@example.com"]), min_size=1, unique=True
                    ),
                }
            )
            for percent in sorted(percents)
        )
    ).map(list)
)
SETTINGS: Mapping[str, st.SearchStrategy[Any]] = {
    "defaultMonthlyQuota": st.none() | money(),
    "defaultEnforcement": st.sampled_from([None, "soft", "hard"]),
    "defaultRpmLimit": st.none() | st.integers(1, 100),
    "defaultTpmLimit": st.none() | st.integers(1, 100),
    "defaultMaxParallel": st.none() | st.integers(1, 100),
    "defaultExpiryDays": st.none() | st.integers(1, 100),
    "rotationGraceSeconds": st.none() | st.integers(0, 100),
    "selfServiceMailDomains": st.none()
    | st.lists(st.sampled_from(["Example.com", "example.org"]), unique=True),
    "selfServiceMinDebounceSeconds": st.none() | st.integers(0, 100),
}
ALERTS: Mapping[str, st.SearchStrategy[Any]] = {
    "budgetAlertThresholds": THRESHOLDS,
    "debounceSeconds": st.integers(0, 100),
    "remindAfterSeconds": st.none() | st.integers(3600, 7200),
    "forecastDays": st.integers(0, 366),
    "notifyRecovery": st.booleans(),
    "adminEmails": st.lists(EMAILS, unique_by=str.casefold),
    "consoleUrl": st.sampled_from([None, "https://console.example.com/?a=b"]),
}
_MODEL_LISTS = st.lists(st.sampled_from(MODELS), min_size=1, max_size=3)
_RESERVE = {"policy": st.sampled_from(["shed", "downgrade", "pass"])}
# But for limits, which depend on the key above, and for the tree.
KEY_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "ownerEmail": st.none() | EMAILS,
    "budgetAlertThresholds": st.none() | THRESHOLDS,
    "alertDebounceSeconds": st.none() | st.integers(0, 100),
    "enforcement": st.sampled_from(["soft", "hard"]),
    "rpmLimit": st.none() | st.integers(1, 100),
    "tpmLimit": st.none() | st.integers(1, 100),
    "maxParallel": st.none() | st.integers(1, 100),
    "allowedModels": st.none() | _MODEL_LISTS,
    "expiresAt": st.none() | MOMENTS,
    "tags": st.dictionaries(st.sampled_from(["team", "no", "1.0"]), TEXTS),
    "manageChildren": st.booleans(),
    "budgetRefusalStatus": st.sampled_from([None, 400, 402, 429]),
    "downgrade": st.none()
    | st.fixed_dictionaries(
        {"rules": st.just([{"from": "large", "to": ["small", "7"]}])},
        optional={
            "enterPercent": st.integers(85, 100),
            "exitPercent": st.integers(1, 84),
            "switchConversations": st.booleans(),
        },
    ),
    "priorityReserves": st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            "low": st.fixed_dictionaries({"upToPercent": st.integers(0, 80)}, optional=_RESERVE),
            "normal": st.fixed_dictionaries({"upToPercent": st.integers(80, 95)}, optional=_RESERVE),
            "high": st.fixed_dictionaries({"upToPercent": st.integers(95, 100)}, optional=_RESERVE),
            "pacingSlackPercent": st.none() | st.integers(0, 100),
        },
    ),
    "automaticIncrease": st.none()
    | st.fixed_dictionaries(
        {
            "by": st.fixed_dictionaries({"usd": st.sampled_from([1, "2.50", Digits("0.10")])})
            | st.fixed_dictionaries({"percent": st.integers(1, 100)}),
            "maxTotal": st.integers(1, 100),
        },
        optional={
            "atPercent": st.integers(1, 100),
            "times": st.integers(1, 9),
            "ttlSeconds": st.integers(60, 99),
            "cooldownSeconds": st.integers(0, 9),
        },
    ),
    "priceFactor": st.none() | factors(),
    "modelPriceFactors": st.dictionaries(st.sampled_from(MODELS), factors()),
    "scheduledPriceFactors": st.lists(
        st.fixed_dictionaries(
            {"factor": factors()},
            optional={
                "from": st.none() | st.just("2101-01-01T00:00:00Z"),
                "models": st.none() | _MODEL_LISTS,
            },
        ),
        max_size=2,
    ),
    "minimumFee": st.none() | money(1),
    "keepBodies": st.booleans(),
    "billingMode": st.sampled_from([None, "internal", "external"]),
    "costCentre": st.none() | TEXTS,
    "overage": st.sampled_from(["stop", "metered"]),
    "overageLimit": st.none() | money(),
    "overageFactor": st.sampled_from([1, "1.50", Digits("2.0")]),
}
_RATES = (
    "inputPrice",
    "cachedInputPrice",
    "cacheWritePrice",
    "cacheWrite1hPrice",
    "outputPrice",
    "reasoningPrice",
)
_PRICES = st.fixed_dictionaries({}, optional={name: money(99) for name in _RATES})
PRICE_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    **{name: st.none() | money(99) for name in _RATES},
    "tiers": st.lists(st.integers(1, 999), unique=True, max_size=2).flatmap(
        lambda borders: st.tuples(
            *(
                st.builds(lambda rates, above: {**rates, "abovePromptTokens": above}, _PRICES, st.just(above))
                for above in sorted(borders)
            )
        ).map(list)
    ),
    # A product of all of them has four decimals at most.
    "serviceTiers": st.dictionaries(st.sampled_from(["batch", "priority"]), money(9, 1)),
    "serviceTierPrices": st.dictionaries(st.sampled_from(["flex", "fast"]), _PRICES),
    "inferenceGeos": st.dictionaries(st.sampled_from(["us", "eu"]), st.sampled_from(["1.1", 1])),
    "windows": st.lists(
        st.fixed_dictionaries(
            {
                "days": st.lists(st.sampled_from(["sun", "mon", "fri"]), min_size=1, max_size=4),
                "start": st.just("16:30"),
                "end": st.just("00:30"),
                "zone": st.sampled_from(["UTC", "Europe/Berlin"]),
                "multiplier": st.sampled_from(["0.50", 1]),
            }
        ),
        max_size=1,
    ),
    "requestPrice": money(1),
    "toolPrices": st.dictionaries(st.sampled_from(["web_search", "file_search"]), money(1)),
    "source": st.none() | st.just("https://prices.example.com"),
    "sourcedAt": st.none() | st.just("2026-11-01"),
}
MODEL_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    **PRICE_FIELDS,
    "remoteId": st.sampled_from(["remote", "v1"]),
    "aliases": st.just([]),
    "allowUnpriced": st.booleans(),
    "allowUnpricedOptions": st.booleans(),
    "strictTranslation": st.booleans(),
    "contextLimit": st.none() | st.integers(1, 100),
    "outputLimit": st.none() | st.integers(1, 100),
    "weight": st.integers(1, 9),
    "priority": st.integers(0, 9),
    "fallbacks": st.lists(st.sampled_from(["other", "third/model"]), unique=True, max_size=2),
    "safetyLevel": st.integers(0, 100),
    "promptOverhead": st.none() | st.integers(0, 100),
}
_APIS = st.fixed_dictionaries(
    {"api": st.sampled_from(["chat", "responses", "messages", "embeddings", "images"])},
    optional={
        "baseUrl": st.sampled_from(["https://a.example.com", "https://a.example.com/chat/completions"]),
        "authHeader": st.sampled_from(["authorization", "x-api-key", "none"]),
    },
)
PROVIDER_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "outputLimitName": st.sampled_from(["max_tokens", "max_completion_tokens"]),
    "streamUsage": st.sampled_from(["on_request", "always"]),
    "vendor": st.sampled_from(["other", "openai", "groq"]),
    "betaHeaders": st.lists(st.sampled_from(["a-1", "b-*"]), unique=True),
    "apis": st.none() | st.lists(_APIS, min_size=1, max_size=3, unique_by=lambda each: each["api"]),
}


@st.composite
def configurations(draw: Callable[..., Any]) -> Document:
    """What a gateway that has nothing, or what another one of them has, can be made to have."""
    types = {
        name: _type_of(name) for name in draw(st.lists(st.sampled_from(PROVIDERS), min_size=1, unique=True))
    }
    document: Document = {
        "providers": [_provider(draw, name, kind) for name, kind in types.items()],
        "models": [
            _model(draw, name, types) for name in draw(st.lists(st.sampled_from(MODELS), unique=True))
        ],
        "keys": draw(st.permutations(_keys(draw))),
    }
    sections = {"settings": _some(draw, SETTINGS), "alerts": _some(draw, ALERTS)}
    return {**sections, **document}


@st.composite
def parts(draw: Callable[..., Any]) -> tuple[Document, Document]:
    """A configuration, and another one that names a few fields of a few of its things."""
    whole = draw(configurations())
    kinds = {"providers": PROVIDER_FIELDS, "models": MODEL_FIELDS, "keys": KEY_FIELDS}
    part: Document = {"settings": _some(draw, SETTINGS)}
    for section, fields in kinds.items():
        identity = IDENTITIES[section]
        part[section] = [
            {identity: each[identity], **_some(draw, fields)}
            for each in whole[section]
            if draw(st.booleans())
        ]
    # A key that would go to a host where it hasn't been yet is to be given again.
    for each in part["providers"]:
        if "apis" in each:
            each["apiKey"] = _KEY
    return whole, part


def _type_of(provider: str) -> str:
    """Which can't be changed, and so is always the same."""
    return "anthropic" if provider == "beta" else "openai"


def _some(draw: Draw, fields: Mapping[str, st.SearchStrategy[Any]]) -> Document:
    named = draw(st.lists(st.sampled_from(sorted(fields)), unique=True))
    return {name: draw(fields[name]) for name in named}


def _provider(draw: Draw, name: str, kind: str) -> Document:
    return {
        "name": name,
        "type": kind,
        "baseUrl": draw(st.sampled_from(_URLS[kind])),
        "apiKey": _KEY,
        **_some(draw, PROVIDER_FIELDS),
    }


def _model(draw: Draw, name: str, types: Mapping[str, str]) -> Document:
    provider = draw(st.sampled_from(sorted(types)))
    model = {"systemName": name, "provider": provider, "modelType": "chat", **_some(draw, MODEL_FIELDS)}
    alike = [each for each, kind in sorted(types.items()) if kind == types[provider]]
    if draw(st.booleans()):
        alternatives = [
            {"provider": each, "remoteId": f"other-{place}", **_some(draw, _ALTERNATIVE)}
            for place, each in enumerate(draw(st.lists(st.sampled_from(alike), max_size=2)))
        ]
        model["alternatives"] = alternatives
    return model


_ALTERNATIVE = {
    **{name: strategy for name, strategy in PRICE_FIELDS.items() if name not in {"source", "sourcedAt"}},
    "weight": st.integers(1, 9),
    "priority": st.integers(0, 9),
}


def _keys(draw: Draw) -> list[Document]:
    """A tree of keys, of which all is named that keys above bound: the rest would stay as it was before."""
    return [
        {
            "externalId": name,
            "name": draw(TEXTS),
            **_some(draw, KEY_FIELDS),
            **fields,
            **({} if fields["quotaLimit"] is None else _quota_terms(draw)),
        }
        for name, fields in draw(trees(KEYS)).items()
    ]


def _quota_terms(draw: Draw) -> Document:
    return {
        "quotaZone": draw(st.sampled_from(["UTC", "Asia/Tokyo"])),
        "quotaStartDay": 1,
        "quotaCarryUnused": draw(st.booleans()),
        "quotaCarryOverspend": draw(st.booleans()),
    }
