"""The fields of a model's prices, as options of what sets them."""

from __future__ import annotations

from typing import Final

from tollgate_cli.arguments.body_options import Field

# USD per 1M tokens of each class.
_CLASSES: Final = (
    ("inputPrice", "of the prompt"),
    ("cachedInputPrice", "read from the cache"),
    ("cacheWritePrice", "written to the cache"),
    ("cacheWrite1hPrice", "written to the cache for an hour"),
    ("inputAudioPrice", "of audio in the prompt"),
    ("inputImagePrice", "of images in the prompt"),
    ("outputPrice", "of the answer"),
    ("reasoningPrice", "of reasoning"),
    ("outputAudioPrice", "of audio in the answer"),
    ("outputImagePrice", "of images in the answer"),
)
_OPTIONS: Final = {"cacheWrite1hPrice": "--cache-write-1h-price"}
PRICES: Final = (
    *(
        Field(name, "money", f"Of 1M tokens {what}.", nullable=True, option=_OPTIONS.get(name, ""))
        for name, what in _CLASSES
    ),
    Field("requestPrice", "money", "Of each request."),
    Field("toolPrices", "mapping", "Of each call of a tool: web_search=0.01."),
    Field("tiers", "json", 'Rates of long prompts: [{"abovePromptTokens": 200000, "inputPrice": "2.5"}].'),
    Field("serviceTiers", "mapping", "Factors of service tiers and speeds: batch=0.5."),
    Field("serviceTierPrices", "json", 'Rates of service tiers: {"priority": {"inputPrice": "5"}}.'),
    Field("inferenceGeos", "mapping", "Factors of regions: us=1.1."),
    Field(
        "windows",
        "json",
        'Factors of hours: [{"days": ["sat"], "start": "00:00", "end": "24:00", "zone": "UTC", '
        '"multiplier": "0.5"}].',
    ),
    Field("effectiveAt", "moment", "From when on: a moment, or 8h ahead (default: now)."),
    Field("source", "text", "The page that they were read from.", nullable=True),
    Field("sourcedAt", "day", "The day on which they were.", nullable=True),
)
