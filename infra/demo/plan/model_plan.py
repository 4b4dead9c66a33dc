"""The demo company's providers and models, and what their prices were when. USD per 1M tokens."""

from __future__ import annotations

from typing import Any, NamedTuple

# Names of providers, and the API that each speaks. All of them are the stack's mock provider.
PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "azure-europe": "openai",
    "own-gpus": "openai",
}


class PlannedModel(NamedTuple):
    provider: str
    body: dict[str, Any]
    others: tuple[tuple[str, dict[str, Any]], ...] = ()
    """Further providers of it, with what is said of each."""


_NIGHT = {
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "start": "16:30",
    "end": "00:30",
    "zone": "UTC",
    "multiplier": "0.5",
}

MODELS = {
    "gpt-4.1": PlannedModel(
        "openai",
        {
            "modelType": "chat",
            "inputPrice": "2.5",
            "cachedInputPrice": "0.625",
            "outputPrice": "10",
            "contextLimit": 1_000_000,
            "outputLimit": 32_768,
            "serviceTiers": {"flex": "0.5", "priority": "1.75"},
        },
        (
            (
                "azure-europe",
                {"priority": 1, "inputPrice": "2.2", "cachedInputPrice": "0.55", "outputPrice": "8.8"},
            ),
        ),
    ),
    "gpt-4.1-mini": PlannedModel(
        "openai",
        {
            "modelType": "chat",
            "inputPrice": "0.4",
            "cachedInputPrice": "0.1",
            "outputPrice": "1.6",
            "contextLimit": 1_000_000,
            "outputLimit": 32_768,
        },
        (("azure-europe", {"priority": 1}),),
    ),
    "o4-mini": PlannedModel(
        "openai",
        {
            "modelType": "chat",
            "inputPrice": "1.1",
            "cachedInputPrice": "0.275",
            "outputPrice": "4.4",
            "reasoningPrice": "4.4",
            "contextLimit": 200_000,
            "outputLimit": 100_000,
        },
    ),
    "claude-opus-4-5": PlannedModel(
        "anthropic",
        {
            "modelType": "chat",
            "inputPrice": "5",
            "cachedInputPrice": "0.5",
            "cacheWritePrice": "6.25",
            "cacheWrite1hPrice": "10",
            "outputPrice": "25",
            "contextLimit": 200_000,
            "outputLimit": 64_000,
            "toolPrices": {"web_search": "0.01"},
        },
    ),
    "claude-sonnet-4-5": PlannedModel(
        "anthropic",
        {
            "modelType": "chat",
            "inputPrice": "3",
            "cachedInputPrice": "0.3",
            "cacheWritePrice": "3.75",
            "cacheWrite1hPrice": "6",
            "outputPrice": "15",
            "contextLimit": 1_000_000,
            "outputLimit": 64_000,
            "tiers": [{"abovePromptTokens": 200_000, "inputPrice": "6", "outputPrice": "22.5"}],
        },
    ),
    "claude-haiku-4-5": PlannedModel(
        "anthropic",
        {
            "modelType": "chat",
            "inputPrice": "1",
            "cachedInputPrice": "0.1",
            "cacheWritePrice": "1.25",
            "outputPrice": "5",
            "contextLimit": 200_000,
            "outputLimit": 64_000,
        },
    ),
    "llama-3.3-70b": PlannedModel(
        "own-gpus",
        {
            "modelType": "chat",
            "inputPrice": "0.27",
            "outputPrice": "1.1",
            "contextLimit": 131_072,
            "outputLimit": 8_192,
            "windows": [_NIGHT],
            # A provider's name for a model may be anything.
            "remoteId": "<b>llama</b>-3.3-70b & friends",
        },
    ),
    "embed-multilingual-3": PlannedModel(
        "openai",
        {"modelType": "embedding", "inputPrice": "0.13", "outputPrice": "0", "contextLimit": 8_192},
    ),
    "gpt-4.1-restricted": PlannedModel(
        "openai", {"modelType": "chat", "inputPrice": "2", "outputPrice": "8", "safetyLevel": 80}
    ),
}

# So many days before now, what becomes of a model's prices.
PRICE_CHANGES: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (44, "gpt-4.1", {"inputPrice": "2", "cachedInputPrice": "0.5", "outputPrice": "8"}),
    (31, "llama-3.3-70b", {"inputPrice": "0.22", "outputPrice": "0.9"}),
    (19, "claude-haiku-4-5", {"inputPrice": "0.9", "outputPrice": "4.5"}),
    (12, "o4-mini", {"cachedInputPrice": "0.22"}),
)
# To come in so many days.
COMING = (9, "claude-opus-4-5", {"inputPrice": "4.5", "outputPrice": "22.5"})
