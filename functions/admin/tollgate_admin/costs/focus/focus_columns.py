"""The columns of FOCUS 1.2, the FinOps Open Cost and Usage Specification, and what a charge has in each.

https://focus.finops.org/focus-specification/v1-2/: all columns that it makes mandatory, and of the others
those that Tollgate can fill. Columns of Tollgate's own begin with `x_`, as it demands. Null is an empty cell.

Unit prices are left out, as are SKUs: a row adds up classes of tokens that have different prices.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.catalog import catalog
from tollgate.lean_dataclass import dataclass
from tollgate_admin.costs.bills.bill_views import Audience
from tollgate_admin.web.csv_output import defused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.keys.pack_definitions import PackDefinition
    from tollgate.ledger.billing.billing_modes import BillingMode
    from tollgate_admin.costs.focus.focus_charges import Charge
    from tollgate_admin.web.date_ranges import DateRange

_TOKENS = "Tokens"
_KEY = "API key"


@dataclass(frozen=True, slots=True)
class SubAccount:
    """A key as it is now, with the key that it is billed at. Of one that is deleted only the id is known."""

    key_id: str
    account_id: str
    billing_mode: BillingMode
    name: str | None = None
    account_name: str | None = None
    cost_centre: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is made of. `month` is the one that the charge's span lies in.

    `pack` is the one that was bought; then nothing was used.
    """

    charge: Charge
    sub: SubAccount
    month: DateRange
    issuer: str
    publisher: str
    pack: PackDefinition | None = None


def names(audience: Audience) -> list[str]:
    return list(_COLUMNS[audience])


def cells(row: Row, audience: Audience) -> list[Any]:
    """By the columns' names, in their order; text as no spreadsheet runs it."""
    columns = _COLUMNS[audience]
    others: Mapping[str, _Cell] = {} if row.pack is None else _of_purchases(row.pack)
    return [others.get(name, cell)(row) for name, cell in columns.items()]


def billed_cost(charge: Charge) -> Decimal:
    """What an invoice has of it: neither what packs paid, which were paid for, nor what a quota includes."""
    parts = charge.tally.parts
    with money.exact():
        return charge.tally.cost - parts.packs - parts.included


def _description(row: Row) -> str:
    of = "" if row.charge.model is None else f" of {row.charge.model}"
    return f"{row.charge.tally.requests} requests{of}"


def _tokens(row: Row) -> int:
    return row.charge.tally.prompt_tokens + row.charge.tally.completion_tokens


_Cell = Callable[[Row], Any]


def _always(text: str | None) -> _Cell:
    return lambda _row: text


def _usd(amount: Callable[[Charge], Decimal]) -> _Cell:
    return lambda row: money.to_string(amount(row.charge))


def _moment(moment: Callable[[Row], datetime]) -> _Cell:
    """In UTC, to the second: `2026-11-01T00:00:00Z`."""
    return lambda row: moment(row).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(text: Callable[[Row], str | None]) -> _Cell:
    """What somebody has chosen."""
    return lambda row: None if (found := text(row)) is None else defused(found)


_CHARGED = _usd(lambda charge: charge.tally.cost)
_PROVIDERS = _usd(lambda charge: charge.tally.provider_cost)

_ALL: dict[str, _Cell] = {
    "BilledCost": _usd(billed_cost),
    "BillingAccountId": lambda row: row.sub.account_id,
    "BillingAccountName": _text(lambda row: row.sub.account_name or row.sub.account_id),
    "BillingAccountType": _always(_KEY),
    "BillingCurrency": _always("USD"),
    "BillingPeriodEnd": _moment(lambda row: row.month.until),
    "BillingPeriodStart": _moment(lambda row: row.month.since),
    "ChargeCategory": _always("Usage"),
    "ChargeClass": _always(None),
    "ChargeDescription": _description,
    "ChargeFrequency": _always("Usage-Based"),
    "ChargePeriodEnd": _moment(lambda row: row.charge.span.until),
    "ChargePeriodStart": _moment(lambda row: row.charge.span.since),
    "ConsumedQuantity": _tokens,
    "ConsumedUnit": _always(_TOKENS),
    "ContractedCost": _CHARGED,
    "EffectiveCost": _CHARGED,
    "InvoiceIssuerName": _text(lambda row: row.issuer),
    "ListCost": _PROVIDERS,
    "PricingCategory": _always("Standard"),
    "PricingQuantity": _tokens,
    "PricingUnit": _always(_TOKENS),
    "ProviderName": _text(lambda row: row.issuer),
    "PublisherName": _text(lambda row: row.publisher),
    "ResourceId": lambda row: None if row.charge.model is None else catalog.model_id(row.charge.model),
    "ResourceName": _text(lambda row: row.charge.model),
    "ResourceType": lambda row: None if row.charge.model is None else "Model",
    "ServiceCategory": _always("AI and Machine Learning"),
    "ServiceName": _always("LLM gateway"),
    "ServiceSubcategory": _always("Generative AI"),
    "SubAccountId": lambda row: row.sub.key_id,
    "SubAccountName": _text(lambda row: row.sub.name or row.sub.key_id),
    "SubAccountType": _always(_KEY),
    "Tags": lambda row: json.dumps(dict(sorted((row.sub.tags or {}).items())), ensure_ascii=False),
    "x_BillingMode": lambda row: row.sub.billing_mode.value,
    "x_ChargedCost": _CHARGED,
    "x_CompletionTokens": lambda row: row.charge.tally.completion_tokens,
    "x_CostCentre": _text(lambda row: row.charge.cost_centre),
    "x_FeeCost": _usd(lambda charge: charge.tally.parts.fees),
    "x_IncludedCost": _usd(lambda charge: charge.tally.parts.included),
    "x_Margin": _usd(lambda charge: charge.tally.parts.margin),
    "x_MeteredCost": _usd(lambda charge: charge.tally.parts.metered),
    "x_OverageCost": _usd(lambda charge: charge.tally.parts.overage),
    "x_PackCost": _usd(lambda charge: charge.tally.parts.packs),
    "x_PromptTokens": lambda row: row.charge.tally.prompt_tokens,
    "x_ProviderCost": _PROVIDERS,
    "x_RequestCount": lambda row: row.charge.tally.requests,
}


def _of_purchases(pack: PackDefinition) -> dict[str, _Cell]:
    """What other cells a row has of a pack that was bought.

    It is paid for what is used later, so that its effective cost is 0, as the specification demands: that is
    in the rows of what it pays. Packs have no price but the one agreed on, and are no commitment discounts,
    for they lower no price.
    """
    price = _always(money.to_string(pack.purchase or money.ZERO))
    return {
        "BilledCost": price,
        "ChargeCategory": _always("Purchase"),
        "ChargeDescription": _always(f"Pack of {money.to_string(pack.amount)} USD"),
        "ChargeFrequency": _always("One-Time"),
        "ConsumedQuantity": _always(None),
        "ConsumedUnit": _always(None),
        "ContractedCost": price,
        "ListCost": price,
        "PricingQuantity": _always("1"),
        "PricingUnit": _always("Units"),
        "ResourceId": _always(pack.id),
        "ResourceName": _text(lambda _row: pack.name or pack.id),
        "ResourceType": _always("Pack"),
    }


# A customer's price on the list is the one that they have: what providers charge is the operator's secret.
_SECRET = {"x_Margin", "x_ProviderCost"}
_COLUMNS = {
    Audience.OPERATOR: _ALL,
    Audience.CUSTOMER: {name: cell for name, cell in _ALL.items() if name not in _SECRET}
    | {"ListCost": _CHARGED},
}
