"""The FOCUS file keeps to the specification's rules, and says what was charged, to the last digit."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support import focus_rules, rolled_up
from tests.support.builders import model, provider, scope
from tests.support.fake_costs import FakeCosts
from tollgate.costs.aggregates import Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.pack_definitions import PackCategory, PackDefinition, PackStanding
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate_admin.costs.bills.bill_views import Audience
from tollgate_admin.costs.focus import focus_export
from tollgate_admin.costs.focus.focus_export import FocusQuery, Granularity

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 12, 24, tzinfo=UTC)
CUSTOMER, KEY, GONE = (f"key_{name:a<16}" for name in ("customer", "own", "gone"))
HYBRID = ChargeParts(
    margin=Decimal(1),
    packs=Decimal(2),
    included=Decimal(3),
    metered=Decimal(4),
    overage=Decimal("0.5"),
    fees=Decimal("0.25"),
)


def entry(number: int, day: str, **said: Any) -> CostEntry:
    tally = Tally(
        requests=1,
        prompt_tokens=100,
        completion_tokens=20,
        cost=said.pop("cost", Decimal(1)),
        parts=said.pop("parts", NO_PARTS),
    )
    made = {"key_id": KEY, "model": "small", "scopes": (KEY, CUSTOMER)} | said
    return CostEntry(f"req_{number}", day=date.fromisoformat(day), tally=tally, **made)


ENTRIES = [
    entry(1, "2026-11-01", cost=Decimal(9), parts=HYBRID, cost_centre="4711", billed_at=CUSTOMER),
    entry(2, "2026-11-01", model="=large", cost_centre="4711"),
    entry(3, "2026-11-02", cost_centre="4711"),
    entry(4, "2026-11-02", cost_centre="4712"),
    entry(5, "2026-11-02"),
    entry(6, "2026-11-30", key_id=GONE, scopes=(GONE,), cost=Decimal("0.000000000000000001")),
    entry(7, "2026-12-01", key_id=CUSTOMER, scopes=(CUSTOMER,), cost=Decimal(0)),
]


def bought(pack_id: str, created_at: datetime, **said: Any) -> PackDefinition:
    made: dict[str, Any] = {"amount": Decimal(50), "category": PackCategory.PAID, "price": Decimal("45.5")}
    return PackDefinition(
        pack_id, KEY, priority=1, effective_at=created_at, created_at=created_at, **made | said
    )


# The first and the last moment of days of the zone.
BEGIN, END = datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 3, 22, 59, 59, 999000, tzinfo=UTC)
SPRING = bought("pck_1", END, name="=Spring")
SMALL = bought("pck_2", BEGIN, price=Decimal("0.000000000000000001"))
PACKS = [
    SPRING,
    SMALL,
    bought("pck_3", END, category=PackCategory.PROMOTIONAL),
    bought("pck_4", END, price=None),
    bought("pck_5", BEGIN - timedelta(milliseconds=1)),
    bought("pck_6", datetime(2026, 12, 1, 23, tzinfo=UTC)),
]
PURCHASES = Decimal("45.500000000000000001")


def created_between(since: datetime, until: datetime) -> list[PackStanding]:
    """As the tables tell them, in no particular order."""
    return [
        PackStanding(each, used=Decimal(0), is_voided=each is SPRING)
        for each in PACKS
        if since <= each.created_at < until
    ]


@pytest.fixture(scope="module")
def services():
    table: Any = FakeCosts()
    costs = CostsTable(table, "costs", lambda: NOW)
    rolled_up.add(costs, *ENTRIES)
    customer = scope(name="@customer", key_id=CUSTOMER, billing_mode=BillingMode.HYBRID, cost_centre="4713")
    own = scope(name="own", key_id=KEY, parent_id=CUSTOMER, tags={"team": "räume", "use": "=1"})
    found = {each.key_id: each for each in (customer, own)}
    return SimpleNamespace(
        costs=costs,
        packs=SimpleNamespace(created_between=created_between),
        keys=SimpleNamespace(get_all=lambda ids: {each: found[each] for each in ids if each in found}),
        catalog=SimpleNamespace(
            models=lambda: [model(system_name="small", provider_id=provider().id)],
            providers=lambda: [provider()],
        ),
    )


def exported(services: Any, **said: Any) -> tuple[list[str], list[dict[str, str]]]:
    asked = {"first": date(2026, 11, 1), "to": date(2026, 12, 1)} | said
    query = FocusQuery(**asked)
    text = b"".join(focus_export.to_csv(services, query, query.span(ZONE, NOW))).decode()
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("granularity", Granularity)
def test_the_file_keeps_to_the_rules(services, audience, granularity):
    names, rows = exported(services, audience=audience, granularity=granularity)
    assert rows
    assert focus_rules.broken(names, rows) == []
    assert names == [*sorted(names[:34]), *sorted(names[34:])]
    assert all(name.startswith("x_") for name in names[34:])


@pytest.mark.parametrize("granularity", Granularity)
def test_it_adds_up_to_what_was_charged(services, granularity):
    _, rows = exported(services, granularity=granularity)

    def total(column: str) -> Decimal:
        return sum((Decimal(row[column] or 0) for row in rows), Decimal())

    charged = sum((each.tally.cost for each in ENTRIES), Decimal())
    assert total("EffectiveCost") == total("x_ChargedCost") == charged
    assert total("ContractedCost") == charged + PURCHASES
    assert total("BilledCost") == charged - HYBRID.packs - HYBRID.included + PURCHASES
    assert total("x_ProviderCost") == charged - total("x_Margin") == charged - 1
    assert total("ListCost") == total("x_ProviderCost") + PURCHASES
    assert total("x_PackCost") == HYBRID.packs
    assert total("ConsumedQuantity") == 120 * len(ENTRIES)
    assert total("x_RequestCount") == len(ENTRIES)
    of_centres = {row["x_CostCentre"]: Decimal() for row in rows}
    for row in rows:
        of_centres[row["x_CostCentre"]] += Decimal(row["EffectiveCost"])
    assert (of_centres["4711"], of_centres["4712"]) == (11, 1)


def test_a_row_is_what_a_key_used_of_a_model_on_a_day(services):
    _, rows = exported(services)
    (row,) = (row for row in rows if row["BilledCost"] == "4")
    assert row == {
        "BilledCost": "4",
        "BillingAccountId": CUSTOMER,
        "BillingAccountName": "'@customer",
        "BillingAccountType": "API key",
        "BillingCurrency": "USD",
        "BillingPeriodEnd": "2026-11-30T23:00:00Z",
        "BillingPeriodStart": "2026-10-31T23:00:00Z",
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeDescription": "1 requests of small",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": "2026-11-01T23:00:00Z",
        "ChargePeriodStart": "2026-10-31T23:00:00Z",
        "ConsumedQuantity": "120",
        "ConsumedUnit": "Tokens",
        "ContractedCost": "9",
        "EffectiveCost": "9",
        "InvoiceIssuerName": "Tollgate",
        "ListCost": "8",
        "PricingCategory": "Standard",
        "PricingQuantity": "120",
        "PricingUnit": "Tokens",
        "ProviderName": "Tollgate",
        "PublisherName": "mock",
        "ResourceId": row["ResourceId"],
        "ResourceName": "small",
        "ResourceType": "Model",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "LLM gateway",
        "ServiceSubcategory": "Generative AI",
        "SubAccountId": KEY,
        "SubAccountName": "own",
        "SubAccountType": "API key",
        "Tags": '{"team": "räume", "use": "=1"}',
        "x_BillingMode": "hybrid",
        "x_ChargedCost": "9",
        "x_CompletionTokens": "20",
        "x_CostCentre": "4711",
        "x_FeeCost": "0.25",
        "x_IncludedCost": "3",
        "x_Margin": "1",
        "x_MeteredCost": "4",
        "x_OverageCost": "0.5",
        "x_PackCost": "2",
        "x_PromptTokens": "100",
        "x_ProviderCost": "8",
        "x_RequestCount": "1",
    }


def test_a_pack_that_was_bought_is_a_row_of_its_day(services):
    _, rows = exported(services)
    small, spring = (row for row in rows if row["ChargeCategory"] == "Purchase")
    assert (small["ResourceId"], small["ResourceName"], small["BilledCost"]) == (
        *("pck_2", "pck_2"),
        "0.000000000000000001",
    )
    assert small["ChargePeriodStart"] == small["BillingPeriodStart"] == "2026-10-31T23:00:00Z"
    (used, *_) = (row for row in rows if row["SubAccountId"] == KEY and row["ChargeCategory"] == "Usage")
    alike = ("Billing", "SubAccount", "Service", "InvoiceIssuer", "Provider", "Tags", "x_BillingMode")
    assert {name: cell for name, cell in spring.items() if not name.startswith(alike)} == {
        "BilledCost": "45.5",
        "ChargeCategory": "Purchase",
        "ChargeClass": "",
        "ChargeDescription": "Pack of 50 USD",
        "ChargeFrequency": "One-Time",
        "ChargePeriodEnd": "2026-11-03T23:00:00Z",
        "ChargePeriodStart": "2026-11-02T23:00:00Z",
        "ConsumedQuantity": "",
        "ConsumedUnit": "",
        "ContractedCost": "45.5",
        "EffectiveCost": "0",
        "ListCost": "45.5",
        "PricingCategory": "Standard",
        "PricingQuantity": "1",
        "PricingUnit": "Units",
        "PublisherName": "Tollgate",
        "ResourceId": "pck_1",
        "ResourceName": "'=Spring",
        "ResourceType": "Pack",
        "x_ChargedCost": "0",
        "x_CompletionTokens": "0",
        "x_CostCentre": "4713",
        "x_FeeCost": "0",
        "x_IncludedCost": "0",
        "x_Margin": "0",
        "x_MeteredCost": "0",
        "x_OverageCost": "0",
        "x_PackCost": "0",
        "x_PromptTokens": "0",
        "x_ProviderCost": "0",
        "x_RequestCount": "0",
    }
    assert {name: used[name] for name in used if name.startswith(alike)} == {
        name: spring[name] for name in spring if name.startswith(alike)
    }


def test_packs_that_were_given_or_whose_price_is_not_known_are_no_purchases(services):
    _, rows = exported(services, first=date(2026, 10, 1), to=date(2026, 12, 31))
    packs = [row["ResourceId"] for row in rows if row["ResourceType"] == "Pack"]
    assert packs == ["pck_5", "pck_2", "pck_1", "pck_6"]
    assert {row["ChargeCategory"] for row in rows} == {"Usage", "Purchase"}


@pytest.mark.parametrize("account_id", [CUSTOMER, GONE])
def test_a_pack_is_billed_where_its_key_is(services, account_id):
    _, rows = exported(services, account_id=account_id)
    packs = [row["ResourceId"] for row in rows if row["ResourceType"] == "Pack"]
    assert packs == (["pck_2", "pck_1"] if account_id == CUSTOMER else [])


def test_a_key_of_several_cost_centres_a_day_has_rows_by_these_alone(services):
    _, rows = exported(services, first=date(2026, 11, 2), to=date(2026, 11, 2))
    assert [(row["x_CostCentre"], row["ResourceId"], row["BilledCost"]) for row in rows] == [
        ("4711", "", "1"),
        ("4712", "", "1"),
        ("", "", "1"),
    ]


def test_a_key_that_is_gone_is_billed_at_itself(services):
    _, rows = exported(services, first=date(2026, 11, 30), to=date(2026, 11, 30), issuer="+ACME")
    (row,) = rows
    assert (row["BillingAccountId"], row["SubAccountName"], row["Tags"]) == (GONE, GONE, "{}")
    assert row["BilledCost"] == "0.000000000000000001"
    assert row["InvoiceIssuerName"] == row["ProviderName"] == "'+ACME"


def test_text_that_a_spreadsheet_would_run_is_text(services):
    _, rows = exported(services)
    assert {row["ResourceName"] for row in rows} == {"small", "'=large", "'=Spring", "pck_2", ""}
    assert not any(
        cell.startswith(("=", "+", "@", "-"))
        for row in rows
        for name, cell in row.items()
        if "Cost" not in name
    )


def test_a_customer_is_not_shown_what_providers_charge(services):
    names, rows = exported(services, audience=Audience.CUSTOMER, account_id=CUSTOMER)
    assert {"x_Margin", "x_ProviderCost"}.isdisjoint(names)
    assert {row["BillingAccountId"] for row in rows} == {CUSTOMER}
    assert {row["SubAccountId"] for row in rows} == {CUSTOMER, KEY}
    for row in rows:
        assert row["ListCost"] == row["ContractedCost"]
        if row["ChargeCategory"] == "Usage":
            assert row["ListCost"] == row["x_ChargedCost"]


def test_a_span_of_nothing_has_columns_alone(services):
    names, rows = exported(services, first=date(2026, 10, 1), to=date(2026, 10, 2))
    assert focus_rules.broken(names, rows) == []
    assert len(names) == 47
    assert rows == []


WRONG = [
    ("BilledCost", "", "BilledCost is null"),
    ("BilledCost", "1,5", "BilledCost is 1,5"),
    ("EffectiveCost", "$3", "EffectiveCost is $3"),
    ("BillingAccountId", "", "BillingAccountId is null"),
    ("BillingCurrency", "usd", "BillingCurrency is usd"),
    ("BillingPeriodStart", "2026-11-01", "BillingPeriodStart is 2026-11-01"),
    ("ChargePeriodStart", "2026-11-01T00:00:00+01:00", "ChargePeriodStart is 2026-11-01T00:00:00+01:00"),
    ("ChargePeriodEnd", "2026-10-31T23:00:00Z", "ChargePeriodStart isn't before ChargePeriodEnd"),
    ("ChargeCategory", "usage", "ChargeCategory is usage"),
    ("ChargeCategory", "Tax", "PricingQuantity isn't null in a row of Tax"),
    ("ChargeCategory", "Purchase", "ConsumedQuantity isn't null in a row of Purchase"),
    ("ChargeCategory", "Purchase", "ChargeFrequency of a Purchase is Usage-Based"),
    ("ChargeCategory", "Credit", "EffectiveCost of a Credit isn't its BilledCost"),
    ("ChargeCategory", "Credit", "ContractedCost of a Credit isn't its BilledCost"),
    ("ChargeCategory", "Purchase", "EffectiveCost of a Purchase isn't 0"),
    ("ChargeClass", "Usage", "ChargeClass is Usage"),
    ("ChargeFrequency", "", "ChargeFrequency is null"),
    ("ConsumedQuantity", "", "ConsumedQuantity is null in a row of Usage"),
    ("PricingQuantity", "", "PricingQuantity is null in a row of Usage"),
    ("PricingCategory", "On-Demand", "PricingCategory is On-Demand"),
    ("PricingCategory", "Committed", "CommitmentDiscountId is null in a row that is Committed"),
    ("ProviderName", "", "ProviderName is null"),
    ("ResourceType", "", "ResourceType is null beside ResourceId"),
    ("ResourceId", "", "ResourceType is there without ResourceId"),
    ("ServiceCategory", "AI", "ServiceCategory is AI"),
    ("ServiceCategory", "Compute", "Generative AI isn't of Compute"),
    ("SubAccountId", "", "SubAccountType is there without SubAccountId"),
    ("Tags", "team=red", "Tags is team=red"),
    ("Tags", '{"team": ["red"]}', 'Tags is {"team": ["red"]}'),
]


@pytest.mark.parametrize(("column", "value", "told"), WRONG)
def test_the_rules_find_what_is_wrong_in_a_row(services, column, value, told):
    names, rows = exported(services, first=date(2026, 11, 1), to=date(2026, 11, 1))
    wrong = [row for row in rows if row["BilledCost"] == "4"]
    wrong[0][column] = value
    assert told in focus_rules.broken(names, wrong)


def test_the_rules_find_what_is_wrong_with_columns(services):
    names, _ = exported(services)
    assert focus_rules.broken([each for each in names if each != "ListCost"], []) == ["ListCost is missing"]
    assert focus_rules.broken([*names, "Margin"], []) == ["Margin is no column, and doesn't begin with x_"]
    assert focus_rules.broken([*names, "ListCost"], []) == ["a column is there twice"]
    _, (row, *_) = exported(services)
    told = "ListCost isn't ListUnitPrice times PricingQuantity"
    assert focus_rules.broken([*names, "ListUnitPrice"], [row | {"ListUnitPrice": "7"}]) == [told]


def test_tags_are_json(services):
    _, rows = exported(services)
    assert all(isinstance(json.loads(row["Tags"]), dict) for row in rows)
