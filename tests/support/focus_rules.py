"""The rules of FOCUS 1.2 for a file of charges, as far as one can tell from the file.

Written from the requirements of each column in https://focus.finops.org/focus-specification/v1-2/. What the
specification leaves to a provider's price lists and invoices isn't checked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Row = dict[str, str]

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SERVICES = {
    *("AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases"),
    *("Developer Tools", "Identity", "Integration", "Internet of Things", "Management and Governance"),
    *("Media", "Migration", "Mobile", "Multicloud", "Networking", "Other", "Security", "Storage", "Web"),
}
_SUBCATEGORIES_OF_AI = {
    *("Bots", "Generative AI", "Machine Learning", "Natural Language Processing"),
    "Other (AI and Machine Learning)",
}


def _is_key_values(text: str) -> bool:
    """A JSON object, whose values are no objects and no lists."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and not any(isinstance(each, dict | list) for each in found.values())


def _one_of(*values: str) -> Callable[[str], bool]:
    return lambda text: text in values


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_ANY, _NUMBER, _TIME = bool, _matches(_DECIMAL), _matches(_MOMENT)


@dataclass(frozen=True)
class Column:
    """What values there may be, whether each file must have it, and whether it may be empty."""

    allowed: Callable[[str], bool] = _ANY
    mandatory: bool = False
    nullable: bool = True


def _required(allowed: Callable[[str], bool] = _ANY, *, nullable: bool = False) -> Column:
    return Column(allowed, mandatory=True, nullable=nullable)


COLUMNS: Mapping[str, Column] = {
    "AvailabilityZone": Column(),
    "BilledCost": _required(_NUMBER),
    "BillingAccountId": _required(),
    "BillingAccountName": _required(nullable=True),
    "BillingAccountType": Column(),
    "BillingCurrency": _required(_matches(_CURRENCY)),
    "BillingPeriodEnd": _required(_TIME),
    "BillingPeriodStart": _required(_TIME),
    "CapacityReservationId": Column(),
    "CapacityReservationStatus": Column(_one_of("Used", "Unused")),
    "ChargeCategory": _required(_one_of("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    "ChargeClass": _required(_one_of("Correction"), nullable=True),
    "ChargeDescription": _required(nullable=True),
    "ChargeFrequency": Column(_one_of("One-Time", "Recurring", "Usage-Based"), nullable=False),
    "ChargePeriodEnd": _required(_TIME),
    "ChargePeriodStart": _required(_TIME),
    "CommitmentDiscountCategory": Column(_one_of("Spend", "Usage")),
    "CommitmentDiscountId": Column(),
    "CommitmentDiscountName": Column(),
    "CommitmentDiscountQuantity": Column(_NUMBER),
    "CommitmentDiscountStatus": Column(_one_of("Used", "Unused")),
    "CommitmentDiscountType": Column(),
    "CommitmentDiscountUnit": Column(),
    "ConsumedQuantity": Column(_NUMBER),
    "ConsumedUnit": Column(),
    "ContractedCost": _required(_NUMBER),
    "ContractedUnitPrice": Column(_NUMBER),
    "EffectiveCost": _required(_NUMBER),
    "InvoiceId": Column(),
    "InvoiceIssuerName": _required(),
    "ListCost": _required(_NUMBER),
    "ListUnitPrice": Column(_NUMBER),
    "PricingCategory": Column(_one_of("Standard", "Dynamic", "Committed", "Other")),
    "PricingCurrency": Column(),
    "PricingCurrencyContractedUnitPrice": Column(_NUMBER),
    "PricingCurrencyEffectiveCost": Column(_NUMBER),
    "PricingCurrencyListUnitPrice": Column(_NUMBER),
    "PricingQuantity": _required(_NUMBER, nullable=True),
    "PricingUnit": _required(nullable=True),
    "ProviderName": _required(),
    "PublisherName": _required(),
    "RegionId": Column(),
    "RegionName": Column(),
    "ResourceId": Column(),
    "ResourceName": Column(),
    "ResourceType": Column(),
    "ServiceCategory": _required(_one_of(*_SERVICES)),
    "ServiceName": _required(),
    "ServiceSubcategory": Column(nullable=False),
    "SkuId": Column(),
    "SkuMeter": Column(),
    "SkuPriceDetails": Column(_is_key_values),
    "SkuPriceId": Column(),
    "SubAccountId": Column(),
    "SubAccountName": Column(),
    "SubAccountType": Column(),
    "Tags": Column(_is_key_values),
}


def broken(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """What a file with such columns and rows doesn't keep to."""
    return [*_of_names(names), *(each for row in rows for each in _of_row(row))]


def _of_names(names: Sequence[str]) -> Iterator[str]:
    for name, column in COLUMNS.items():
        if column.mandatory and name not in names:
            yield f"{name} is missing"
    for name in names:
        if name not in COLUMNS and not re.fullmatch(r"x_[A-Za-z0-9]+", name):
            yield f"{name} is no column, and doesn't begin with x_"
    if len(set(names)) < len(names):
        yield "a column is there twice"


def _of_row(row: Row) -> Iterator[str]:
    for name in COLUMNS.keys() & row.keys():
        column, value = COLUMNS[name], row[name]
        if not value and not column.nullable:
            yield f"{name} is null"
        if value and not column.allowed(value):
            yield f"{name} is {value}"
    readable = all(not row[name] or COLUMNS[name].allowed(row[name]) for name in COLUMNS.keys() & row.keys())
    if readable:
        for rule in (_of_quantities, _of_categories, _of_periods, _of_things, _of_services, _of_prices):
            yield from rule(row)


def _is_correction(row: Row) -> bool:
    return bool(row.get("ChargeClass"))


_PRICED = frozenset({"PricingQuantity", "PricingUnit", "PricingCategory", "SkuId", "SkuPriceId"})
_CONSUMED = frozenset({"ConsumedQuantity", "ConsumedUnit"})


def _of_quantities(row: Row) -> Iterator[str]:
    category = row["ChargeCategory"]
    needed = {"Usage": _PRICED | _CONSUMED, "Purchase": _PRICED}.get(category, frozenset())
    forbidden = {"Usage": frozenset[str](), "Tax": _PRICED | _CONSUMED}.get(category, _CONSUMED)
    for name in row.keys() & needed:
        if not row[name] and not _is_correction(row):
            yield f"{name} is null in a row of {category}"
    for name in row.keys() & forbidden:
        if row[name]:
            yield f"{name} isn't null in a row of {category}"


def _of_categories(row: Row) -> Iterator[str]:
    category = row["ChargeCategory"]
    if category == "Purchase" and row.get("ChargeFrequency") == "Usage-Based":
        yield "ChargeFrequency of a Purchase is Usage-Based"
    # One-time purchases are of what is used later, by rows of their own, here.
    if category == "Purchase" and Decimal(row["EffectiveCost"]):
        yield "EffectiveCost of a Purchase isn't 0"
    if row.get("PricingCategory") == "Committed" and not row.get("CommitmentDiscountId"):
        yield "CommitmentDiscountId is null in a row that is Committed"
    if category == "Credit":
        for cost, price in _UNIT_PRICES.items():
            if not row.get(price) and Decimal(row[cost]) != Decimal(row["BilledCost"]):
                yield f"{cost} of a Credit isn't its BilledCost"
    if category == "Credit" and Decimal(row["EffectiveCost"]) != Decimal(row["BilledCost"]):
        yield "EffectiveCost of a Credit isn't its BilledCost"


def _of_periods(row: Row) -> Iterator[str]:
    for period in ("BillingPeriod", "ChargePeriod"):
        if row[f"{period}Start"] >= row[f"{period}End"]:
            yield f"{period}Start isn't before {period}End"


def _of_things(row: Row) -> Iterator[str]:
    for whole, parts in _TOGETHER.items():
        there = [name for name in parts if row.get(name)]
        if not row.get(whole):
            yield from (f"{name} is there without {whole}" for name in there)
        elif parts[0] in row and parts[0] not in there:
            yield f"{parts[0]} is null beside {whole}"


def _of_services(row: Row) -> Iterator[str]:
    category, subcategory = row["ServiceCategory"], row.get("ServiceSubcategory")
    if subcategory and (subcategory in _SUBCATEGORIES_OF_AI) != (category == "AI and Machine Learning"):
        yield f"{subcategory} isn't of {category}"


def _of_prices(row: Row) -> Iterator[str]:
    for cost, price in _UNIT_PRICES.items():
        if not row.get(price) or not row["PricingQuantity"] or _is_correction(row):
            continue
        if Decimal(row[price]) * Decimal(row["PricingQuantity"]) != Decimal(row[cost]):
            yield f"{cost} isn't {price} times PricingQuantity"


_UNIT_PRICES = {"ListCost": "ListUnitPrice", "ContractedCost": "ContractedUnitPrice"}
# What there is of a thing: first what there must be of each.
_TOGETHER = {
    "ResourceId": ("ResourceType", "ResourceName"),
    "SubAccountId": ("SubAccountType", "SubAccountName"),
    "BillingAccountId": ("BillingAccountType", "BillingAccountName"),
}
