"""Prices as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tollgate_cli.output.dollars import nonzero, usd
from tollgate_cli.output.figure_columns import amount
from tollgate_cli.output.moments import moment
from tollgate_cli.output.printer import Column, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

RATES: Final = (
    ("inputPrice", "input"),
    ("cachedInputPrice", "cached input"),
    ("cacheWritePrice", "cache write"),
    ("cacheWrite1hPrice", "cache write, 1 h"),
    ("inputAudioPrice", "audio in"),
    ("inputImagePrice", "images in"),
    ("outputPrice", "output"),
    ("reasoningPrice", "reasoning"),
    ("outputAudioPrice", "audio out"),
    ("outputImagePrice", "images out"),
)


# Of a list: the two that say most.
LISTED: Final = (
    amount("Input / 1M", "inputPrice"),
    amount("Output / 1M", "outputPrice"),
)


def rates(priced: Row) -> str:
    """Each rate that there is, in a line."""
    return ", ".join(f"{what} {usd(priced[name])}" for name, what in RATES if priced[name] is not None)


def extras(priced: Row) -> Iterator[str]:
    """What else decides a price, a phrase for each."""
    if nonzero(priced["requestPrice"]):
        yield f"each request {usd(priced['requestPrice'])}"
    yield from (f"a call of {tool} {usd(price)}" for tool, price in priced["toolPrices"].items())
    yield from (f"above {tier['abovePromptTokens']:,} tokens: {rates(tier)}" for tier in priced["tiers"])
    yield from (f"{name} times {factor}" for name, factor in priced["serviceTiers"].items())
    yield from (f"{name}: {rates(prices)}" for name, prices in priced["serviceTierPrices"].items())
    yield from (f"in {name} times {factor}" for name, factor in priced["inferenceGeos"].items())
    for window in priced["windows"]:
        days = ", ".join(window["days"])
        yield f"{days} {window['start']} to {window['end']} ({window['zone']}) times {window['multiplier']}"


def fields(priced_of: str = "Per 1M tokens") -> list[Column]:
    """Those of one version of prices."""
    return [
        Column(priced_of, lambda row: rates(row) or "none"),
        Column("  besides", lambda row: "; ".join(extras(row))),
        Column("  since", lambda row: moment(row["effectiveAt"])),
        Column("  version", "priceVersion"),
        Column("  source", lambda row: " ".join(each for each in (row["source"], row["sourcedAt"]) if each)),
    ]


def change(before: Row | None, after: Row) -> str:
    """What an import would change of the rates; a new model has no `before`."""
    if before is None:
        return rates(after)
    parts = [
        f"{what} {usd(before[name], absent='none')} -> {usd(after[name], absent='none')}"
        for name, what in RATES
        if before[name] != after[name]
    ]
    others = (
        "requestPrice",
        "toolPrices",
        "tiers",
        "serviceTiers",
        "serviceTierPrices",
        "inferenceGeos",
        "windows",
    )
    if any(before[name] != after[name] for name in others):
        parts.append("what else decides the price")
    return ", ".join(parts)
