"""Who has served a call, and how, for its bill: what the answer says, and else what was asked for."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from tollgate.catalog import model_names
from tollgate.lean_dataclass import dataclass
from tollgate.pricing import bill
from tollgate.pricing.price_versions import UNPRICED, label
from tollgate.pricing.usage import IMAGES_MADE, NO_USAGE, TOKEN_CLASSES, TokenClass, Usage, UsageFlag
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.options import fees
from tollgate_proxy.options.options import USUAL_GEOS, USUAL_TIERS
from tollgate_proxy.options.requested_options import OptionKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tollgate.pricing.bill import ServingModes
    from tollgate.pricing.price_versions import PriceVersion
    from tollgate_proxy.options.candidate import Candidate
    from tollgate_proxy.options.options import Options

# What says that something was used that has no price.
PRICE_MISSING = frozenset({UsageFlag.TIER_NOT_PRICED, UsageFlag.TOOL_NOT_PRICED, UsageFlag.MODEL_NOT_PRICED})


@dataclass(frozen=True, slots=True)
class Serving:
    """The model that served a call, its price, and the usage that is billed at it.

    `others` are the prices of further models that the usage names.
    """

    remote_id: str
    price: PriceVersion
    usage: Usage
    others: Mapping[str, PriceVersion] = field(default_factory=dict)


def serving_of(
    candidate: Candidate,
    asked: Options,
    used: Usage | None,
    said: str | None,
    at: datetime,
    *,
    held_for: ServingModes | None = None,
) -> Serving:
    """How a candidate's answer was served; `said` is the model that it names itself.

    Who might have served it and doesn't say so is taken to be the dearest of them. Where a hard budget rests
    on what was held, it was served in none but the ways that this was `held_for`.
    """
    if used is None:
        return Serving(candidate.remote_id, candidate.price, NO_USAGE)
    if held_for is not None:
        used = within(used, held_for)
    own = Serving(candidate.remote_id, candidate.price, used)
    if not candidate.fallbacks:
        return _completed(own, candidate, asked)
    servings = {
        each.remote_id: Serving(each.remote_id, each.price, _sped(used, each.named.speed))
        for each in candidate.fallbacks
    } | {candidate.remote_id: own}
    name = model_names.best_match(said, servings)
    if name is not None:
        return _completed(servings[name], candidate, asked)
    completed = (_completed(each, candidate, asked) for each in servings.values())
    dearest = max(completed, key=lambda each: bill.price(each.usage, each.price, at).total)
    flags = dearest.usage.flags | {UsageFlag.MODEL_NOT_PRICED}
    return replace(dearest, usage=replace(dearest.usage, flags=flags))


def within(used: Usage, modes: ServingModes) -> Usage:
    """A usage that can be had in one of these ways: what it says beyond them is left out, and flagged."""
    told = (
        ("service_tier", used.service_tier, modes.tiers, USUAL_TIERS),
        ("speed", used.speed, modes.speeds, USUAL_TIERS),
        ("inference_geo", used.inference_geo, modes.geos, USUAL_GEOS),
    )
    beyond: dict[str, Any] = {
        member: None
        for member, name, names, usual in told
        if names is not None and label(name) not in usual and label(name) not in set(map(label, names))
    }
    flags = {UsageFlag.TIER_IMPLAUSIBLE} if beyond else set()
    for each in {*used.tokens, *(each for other in used.others for each in other.tokens)} - modes.classes:
        flags.add(UsageFlag.COMPLETION_IMPLAUSIBLE if each.is_output else UsageFlag.PROMPT_IMPLAUSIBLE)
    if not flags:
        return used
    others = tuple(replace(other, tokens=_of_classes(other.tokens, modes.classes)) for other in used.others)
    tokens = _of_classes(used.tokens, modes.classes)
    return replace(used, tokens=tokens, others=others, flags=used.flags | flags, **beyond)


def _of_classes(tokens: Mapping[TokenClass, int], classes: frozenset[TokenClass]) -> Mapping[TokenClass, int]:
    found: dict[TokenClass, int] = {}
    for each, count in tokens.items():
        known = _nearest(each, classes)
        found[known] = found.get(known, 0) + count
    return found


def _nearest(token_class: TokenClass, classes: frozenset[TokenClass]) -> TokenClass:
    """What tokens count as where their own class can't occur."""
    while token_class not in classes and (whole := TOKEN_CLASSES[token_class].part_of) is not None:
        token_class = whole
    return token_class


def _sped(used: Usage, speed: str | None) -> Usage:
    """The usage of a model that was asked for at a speed of its own."""
    return replace(used, speed=speed) if used.speed is None and speed is not None else used


def _completed(serving: Serving, candidate: Candidate, asked: Options) -> Serving:
    """What the answer leaves out is as it was asked for; what has no price is flagged."""
    used, price = serving.usage, serving.price
    completed = replace(
        used,
        tokens=_kept_for_hours(used.tokens) if asked.caches_for_hours else used.tokens,
        service_tier=_tier(used, asked, price),
        speed=asked.first(OptionKind.SPEED) if used.speed is None else used.speed,
        inference_geo=asked.first(OptionKind.GEO) if used.inference_geo is None else used.inference_geo,
        tool_calls=_called(used.tool_calls, asked, price, candidate.provider.vendor),
    )
    others = _prices_of_others(completed, candidate)
    flags = _missing(completed, price, others)
    if flags:
        completed = replace(completed, flags=used.flags | flags)
    return Serving(serving.remote_id, price, completed, others)


def _tier(used: Usage, asked: Options, price: PriceVersion) -> str | None:
    wanted = asked.first(OptionKind.TIER)
    if used.service_tier is None:
        return wanted
    # OpenAI's answers call its fast mode by its old name.
    if wanted == "fast" and used.service_tier == "priority" and not price.has_tier("priority"):
        return wanted
    return used.service_tier


def _kept_for_hours(tokens: Mapping[TokenClass, int]) -> Mapping[TokenClass, int]:
    """Cache writes of a request that asks for an hour throughout, if its answer tells no lifetimes."""
    if TokenClass.CACHE_WRITE not in tokens or TokenClass.CACHE_WRITE_1H in tokens:
        return tokens
    kept = dict(tokens)
    kept[TokenClass.CACHE_WRITE_1H] = kept.pop(TokenClass.CACHE_WRITE)
    return kept


def _called(calls: Mapping[str, int], asked: Options, price: PriceVersion, vendor: Vendor) -> dict[str, int]:
    """The tools' calls under the names that the price has for them, and the dearer kinds of search."""
    found: dict[str, int] = {}
    for tool, times in calls.items():
        if tool == IMAGES_MADE:
            found |= _made(times, asked, price)
            continue
        name = tool if tool in price.tool_prices else _priced_name(tool, asked, price) or tool
        found[name] = found.get(name, 0) + times
    if vendor is Vendor.PERPLEXITY:
        found |= {
            option.name: 1 for option in asked.of_kinds(OptionKind.SEARCH) if option.name in price.tool_prices
        }
    return found


def _made(images: int, asked: Options, price: PriceVersion) -> dict[str, int]:
    """The images under the name of their price; none where the price is their tokens'."""
    names = (fees.image_price_name(option, price) for option in asked.of_kinds(OptionKind.IMAGE))
    name = next((each for each in names if each is not None), None)
    if name is None:
        return {} if price.charges_tokens else {IMAGES_MADE: images}
    return {name: images}


def _priced_name(tool: str, asked: Options, price: PriceVersion) -> str | None:
    """The price's name for a tool: by its own name, or as what the request asked for that is called so."""
    requested = [
        option.name
        for option in asked.of_kinds(OptionKind.TOOL)
        if any(fees.is_called(name, tool) for name in fees.names_of(option.name))
    ]
    names = (fees.price_name(each, price) for each in (tool, *requested))
    return next((name for name in names if name is not None), None)


def _prices_of_others(used: Usage, candidate: Candidate) -> dict[str, PriceVersion]:
    known = {each.remote_id: each.price for each in candidate.further} | {
        candidate.remote_id: candidate.price
    }
    names = {other.model: model_names.best_match(other.model, known) for other in used.others}
    return {model: known[name] for model, name in names.items() if name is not None}


def _missing(used: Usage, price: PriceVersion, others: Mapping[str, PriceVersion]) -> set[UsageFlag]:
    """Flags for all that was used and has no price."""
    if price is UNPRICED:
        return set()
    flags = set()
    if price.charges_tokens and not (
        all(
            label(name) in USUAL_TIERS or price.has_tier(name or "")
            for name in (used.service_tier, used.speed)
        )
        and (label(used.inference_geo) in USUAL_GEOS or price.has_geo(used.inference_geo or ""))
    ):
        flags.add(UsageFlag.TIER_NOT_PRICED)
    if any(tool not in price.tool_prices and fees.has_fee(tool) for tool in used.tool_calls):
        flags.add(UsageFlag.TOOL_NOT_PRICED)
    if any(other.model not in others for other in used.others):
        flags.add(UsageFlag.MODEL_NOT_PRICED)
    return flags
