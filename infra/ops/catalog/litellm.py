"""LiteLLM's public price map, turned into catalog entries.

The map prices a token, this catalog a million of them: a shift of the decimal point, which is exact
because the map's numbers are read as Decimal. Whatever the map charges and an entry can't say (a fee
of another kind, a service tier that isn't one multiple of all prices) refuses the model, with the
reason: a price that is nearly right is wrong on every call.

Field names: model_prices_and_context_window.json in https://github.com/BerriAI/litellm.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tollgate_admin.catalog.shipped.shipped_prices import CatalogError, Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

_MODES = ("chat", "embedding")
_FIELDS = {
    "input_cost_per_token": "inputPrice",
    "output_cost_per_token": "outputPrice",
    "cache_read_input_token_cost": "cachedInputPrice",
    "cache_creation_input_token_cost": "cacheWritePrice",
    "cache_creation_input_token_cost_above_1hr": "cacheWrite1hPrice",
    "output_cost_per_reasoning_token": "reasoningPrice",
    "input_cost_per_audio_token": "inputAudioPrice",
    "output_cost_per_audio_token": "outputAudioPrice",
    "input_cost_per_image_token": "inputImagePrice",
    "output_cost_per_image_token": "outputImagePrice",
}
_SERVICE_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority"}
_KEY = re.compile(
    rf"(?P<field>{'|'.join(sorted(_FIELDS, key=len, reverse=True))})"
    rf"(_above_(?P<above>[0-9]+)k_tokens)?(_(?P<service>{'|'.join(_SERVICE_TIERS)}))?"
)
_SEARCH = "search_context_cost_per_query"
# Multipliers by the name of a speed or a place, and the field of ours that has them.
_SURCHARGES = "provider_specific_entry"
_SURCHARGED = {"fast": "serviceTiers", "us": "inferenceGeos"}
# What the map says about money beside its prices.
_MONEY = re.compile(r"cost|pric|uplift|free_requests")
_MILLION = 6
_EXACT = Context(prec=38, traps=[DivisionByZero, Inexact, InvalidOperation])
_MAP = "https://github.com/BerriAI/litellm"

# A prompt length in tokens above which a price applies, and a service tier: None for the usual ones.
_At = tuple[int | None, str | None]
_Rates = dict[str, Decimal]
_USUAL: _At = (None, None)
_INPUT = (None, "inputPrice")

# A provider's name, where the map puts it before a model's.
_PREFIX = re.compile(r"^[a-z0-9_]+/")


class UnrepresentableError(Exception):
    """Why an entry of the map has no exact counterpart here."""


@dataclass(slots=True)
class Conversion:
    """`refused` pairs a model with the reason; `other_modes` counts what isn't chat or embedding."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    other_modes: Counter[str] = field(default_factory=Counter)


def parse(text: str | bytes) -> dict[str, Any]:
    """The map's JSON, its numbers exact. Raises CatalogError."""
    try:
        content = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except ValueError as error:
        message = f"the price map is not valid JSON: {error}"
        raise CatalogError(message) from error
    if not isinstance(content, dict):
        message = "the price map is not a JSON object"
        raise CatalogError(message)
    return content


def convert(
    price_map: Mapping[str, Any],
    today: date,
    vendors: Collection[str] = (),
    leave_out: Collection[str] = (),
) -> Conversion:
    """Entries for the models of these vendors, all if none is named, as of the day the map was read.

    `leave_out` names fields of the map, or endings of them (`batches`, `priority`), to pass over: what
    they charge is then not charged here.
    """
    result = Conversion()
    converted: set[str] = set()
    for key, listed in price_map.items():
        if key == "sample_spec" or not isinstance(listed, dict):
            continue
        vendor = str(listed.get("litellm_provider", ""))
        if vendors and vendor not in vendors:
            continue
        mode = listed.get("mode")
        if mode not in _MODES:
            result.other_modes[str(mode)] += 1
            continue
        kept = {name: value for name, value in listed.items() if not _left_out(name, leave_out)}
        try:
            entry = _entry(_PREFIX.sub("", key), vendor, kept, today)
            if entry.system_name in converted:
                message = f"another entry already has the name {entry.system_name}"
                raise UnrepresentableError(message)
        except UnrepresentableError as error:
            result.refused.append((key, str(error)))
        else:
            converted.add(entry.system_name)
            result.entries.append(entry)
    return result


def _entry(name: str, vendor: str, listed: Mapping[str, Any], today: date) -> Entry:
    rates = _rates(listed)
    base = rates.get(_USUAL, {})
    if "inputPrice" not in base:
        message = "it has no input price"
        raise UnrepresentableError(message)
    if not any(base.values()):
        message = "its prices are all zero, which in the map can also mean unknown"
        raise UnrepresentableError(message)
    usual = _without_equal_reasoning({above: rates[above, None] for above, service in rates if not service})
    surcharges = _surcharges(listed)
    fields = {
        "systemName": name,
        "vendor": vendor,
        "modelType": listed["mode"],
        **usual[None],
        "tiers": [{"abovePromptTokens": above, **usual[above]} for above in sorted(filter(None, usual))],
        "serviceTiers": _service_tiers(rates) | surcharges.get("serviceTiers", {}),
        "inferenceGeos": surcharges.get("inferenceGeos", {}),
        "toolPrices": _tool_prices(listed),
        "contextLimit": _limit(listed, "max_input_tokens"),
        "outputLimit": _limit(listed, "max_output_tokens") if listed["mode"] == "chat" else None,
        "source": listed.get("source", _MAP),
        "sourcedAt": today,
    }
    try:
        return Entry.model_validate(
            {name: value for name, value in fields.items() if value not in (None, {}, [])}
        )
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UnrepresentableError("; ".join(faults)) from error


def _rates(listed: Mapping[str, Any]) -> dict[_At, _Rates]:
    """Prices in USD per 1M tokens, by prompt length and service tier."""
    found: dict[_At, _Rates] = defaultdict(dict)
    unsaid = []
    for key, value in listed.items():
        match = _KEY.fullmatch(key)
        if match:
            above = int(match["above"]) * 1000 if match["above"] else None
            price = _per_million(key, value)
            found[above, _SERVICE_TIERS.get(match["service"])][_FIELDS[match["field"]]] = price
        elif key != _SEARCH and _is_money(key, value):
            unsaid.append(key)
    if unsaid:
        message = f"the catalog has no field for {', '.join(sorted(unsaid))}"
        raise UnrepresentableError(message)
    return dict(found)


def _is_money(key: str, value: Any) -> bool:
    if key == _SURCHARGES and isinstance(value, dict):  # among other things
        return any(_is_number(each) and name not in _SURCHARGED for name, each in value.items())
    return _MONEY.search(key) is not None and value is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _surcharges(listed: Mapping[str, Any]) -> dict[str, _Rates]:
    """What multiplies all rates of a request that is served at a speed, or in a place."""
    found: dict[str, _Rates] = defaultdict(dict)
    specific = listed.get(_SURCHARGES)
    for name, value in specific.items() if isinstance(specific, dict) else ():
        if name in _SURCHARGED and _is_number(value):
            found[_SURCHARGED[name]][name] = Decimal(value)
    return found


def _number(key: str, value: Any) -> Decimal:
    if not _is_number(value):
        message = f"{key} is not a number"
        raise UnrepresentableError(message)
    return Decimal(value)


def _per_million(key: str, value: Any) -> Decimal:
    try:
        return _number(key, value).scaleb(_MILLION, _EXACT)
    except Inexact as error:
        message = f"{key} has too many digits"
        raise UnrepresentableError(message) from error


def _without_equal_reasoning(usual: dict[int | None, _Rates]) -> dict[int | None, _Rates]:
    """Reasoning has a price of its own only where it isn't output's."""
    if any(
        "reasoningPrice" in rates and rates["reasoningPrice"] != rates.get("outputPrice")
        for rates in usual.values()
    ):
        return usual
    return {
        above: {name: price for name, price in rates.items() if name != "reasoningPrice"}
        for above, rates in usual.items()
    }


def _service_tiers(rates: Mapping[_At, _Rates]) -> _Rates:
    """The multiplier of each service tier that the map prices. Raises UnrepresentableError.

    It has to hold for every price, at every prompt length: that is what a multiplier says.
    """
    return {
        service: _multiplier(service, rates)
        for service in sorted({service for _, service in rates if service})
    }


def _multiplier(service: str, rates: Mapping[_At, _Rates]) -> Decimal:
    usual = {
        (above, name): price for (above, at), each in rates.items() if not at for name, price in each.items()
    }
    there = {
        (above, name): price
        for (above, at), each in rates.items()
        if at == service
        for name, price in each.items()
    }
    places = {place for place in usual.keys() | there.keys() if usual.get(place) or there.get(place)}
    try:
        multiplier = _EXACT.divide(there[_INPUT], usual[_INPUT])
        if all(there[place] == _EXACT.multiply(usual[place], multiplier) for place in places):
            return multiplier
    except (KeyError, ArithmeticError):
        pass
    message = f"its {service} prices are not a single multiple of the standard prices"
    raise UnrepresentableError(message)


def _tool_prices(listed: Mapping[str, Any]) -> dict[str, Any]:
    """USD per web search, where it is the same for every size of search context."""
    per_size = listed.get(_SEARCH)
    if per_size is None:
        return {}
    prices = list(per_size.values()) if isinstance(per_size, dict) else [per_size]
    if not prices or any(price != prices[0] for price in prices):
        message = f"{_SEARCH} differs by the size of the search context"
        raise UnrepresentableError(message)
    return {"web_search": _number(_SEARCH, prices[0])}


def _limit(listed: Mapping[str, Any], key: str) -> int | None:
    """The map writes some counts of tokens as 128000.0, a few as prose."""
    value = listed.get(key)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _left_out(key: str, leave_out: Collection[str]) -> bool:
    return any(key == word or key.endswith(f"_{word}") for word in leave_out)


def _refuse_constant(name: str) -> Any:
    message = f"{name} is not a number"
    raise ValueError(message)
