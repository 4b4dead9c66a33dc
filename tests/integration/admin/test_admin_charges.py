"""Who pays for what: bills, cost centres and the FOCUS file, as administrators get them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import focus_rules, rolled_up
from tollgate.costs.aggregates import Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate_admin.costs.bills import bill_packs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.admin_client import Admin

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
FEBRUARY, IN_MARCH = (datetime(2026, month, 20, 12, tzinfo=UTC) for month in (2, 3))
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


class Customer:
    """A hybrid customer with a pack, a team of theirs with another, and a key that is billed for itself."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        self.at(NOW)
        self.customer = admin.key(name="customer")["id"]
        self.team = admin.key(name="team", parentId=self.customer)["id"]
        self.reseller = admin.key(name="reseller", parentId=self.customer)["id"]
        keys = admin.services.keys
        for key_id, settings in (
            (self.customer, {"billing_mode": BillingMode.HYBRID, "cost_centre": "4711"}),
            (self.reseller, {"billing_mode": BillingMode.EXTERNAL}),
        ):
            seen: Any = keys.get(key_id)
            keys.edit(seen, replace(seen, **settings))
        self.pack = self.add_pack(self.customer, FEBRUARY, "50", "=Spring", price="45.5")
        self.teams_pack = self.add_pack(self.team, FEBRUARY, "10", "given", category="promotional")
        # Straddles the pack, the quota and what is beyond it, at a markup, with a least fee.
        self.spend(
            "10",
            self.team,
            date(2026, 3, 1),
            ChargeParts(Decimal(4), Decimal(3), Decimal(2), Decimal(5), Decimal(1), Decimal("0.5")),
            billed_at=self.customer,
            cost_centre="4711",
            drawn={(self.customer, self.pack): Decimal(3), (self.team, self.teams_pack): Decimal(10)},
        )
        self.spend("7", self.reseller, date(2026, 3, 31), ChargeParts(margin=Decimal(-1)))
        self.spend("100", self.team, date(2026, 4, 1), NO_PARTS)

    def at(self, now: datetime) -> None:
        """The deployment at another time."""
        services = self.admin.services
        keys = replace(services.keys, clock=lambda: now)
        self.admin.services = replace(
            services, clock=lambda: now, keys=keys, packs=replace(services.packs, keys=keys)
        )

    def add_pack(self, key_id: str, created_at: datetime, amount: str, name: str, **said: Any) -> str:
        self.at(created_at)
        body = {"amount": amount, "name": name, **said}
        added = self.admin("POST", f"/apiKey/{key_id}/packs", body)
        assert added.status == 201, added.text
        self.at(NOW)
        return str(added.json["id"])

    def spend(self, cost: str, key_id: str, day: date, parts: ChargeParts, **said: Any) -> None:
        tally = Tally(requests=1, prompt_tokens=5, cost=Decimal(cost), parts=parts)
        entry = CostEntry(f"req_{cost}", key_id, "small", day, tally, (key_id, self.customer), **said)
        rolled_up.add(self.admin.services.costs, entry)

    def bill(self, key_id: str, **query: Any) -> Any:
        answer = self.admin("GET", f"/apiKey/{key_id}/bill", **{"month": "2026-03"} | query)
        assert answer.status == 200, answer.text
        return answer


@pytest.fixture
def customer(admin) -> Customer:
    return Customer(admin)


def test_a_bill_says_who_paid_for_what_and_what_is_due(customer):
    made = customer.bill(customer.customer).json
    assert (made["billingMode"], made["costCentre"]) == ("hybrid", "4711")
    assert made["charges"] == {
        "total": "17",
        "packs": "3",
        "included": "2",
        "metered": "5",
        "other": "7",
        "due": "12",
        "purchases": "0",
        "overage": "1",
        "fees": "0.5",
        "providerCost": "14",
        "margin": "3",
    }
    assert made["packs"] == [
        {
            "packId": customer.pack,
            "name": "=Spring",
            "category": "paid",
            "state": "live",
            "requests": 1,
            "drawn": "3",
            "amount": "50",
            "price": "45.5",
            "used": "0",
            "left": "50",
            "voided": "0",
            "createdAt": "2026-02-20T12:00:00.000Z",
            "expiresAt": None,
        }
    ]
    assert (made["tree"]["cost"], made["tree"]["providerCost"]) == ("17", "14")


def test_a_keys_own_pack_is_on_its_own_bill_and_what_is_billed_above_it_isnt(customer):
    made = customer.bill(customer.team).json
    assert (made["billingMode"], made["costCentre"]) == ("hybrid", "4711")
    assert [(pack["packId"], pack["drawn"]) for pack in made["packs"]] == [(customer.teams_pack, "10")]
    charges = made["charges"]
    assert [charges[name] for name in ("total", "packs", "included", "metered", "other", "due")] == [
        *("10", "10"),
        *("0", "0", "0", "0"),
    ]
    assert customer.bill(customer.reseller).json["billingMode"] == "external"


def test_a_customer_gets_the_bill_without_what_providers_charge(customer):
    shown = customer.bill(customer.customer, audience="customer")
    assert not {"providerCost", "margin"} & set(names_in(shown.json))
    operators = customer.bill(customer.customer).json
    assert operators["charges"].items() >= shown.json["charges"].items()
    table = customer.bill(customer.customer, audience="customer", format="csv").text
    header, *rows = csv.reader(io.StringIO(table, newline=""))
    assert header[:9] == [
        *("part", "id", "name"),
        *("category", "state", "amount", "price", "left", "expiresAt"),
    ]
    assert header[9] == "requests"
    assert header[-1] == "fees"
    assert {len(row) for row in rows} == {len(header)}


def test_a_bills_table_adds_up_to_its_tree(customer):
    table = customer.bill(customer.customer, format="csv").text
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [(row["part"], row["id"], row["cost"]) for row in rows[:5]] == [
        ("tree", customer.customer, "17"),
        ("pack", customer.pack, "3"),
        ("included", "", "2"),
        ("metered", "", "5"),
        ("other", "", "7"),
    ]


def test_a_bill_has_the_packs_of_its_month_as_they_stand_now(customer):
    key_id = customer.customer
    ending = {"expiresAt": "2026-03-31T12:00:00Z", "price": "7"}
    bought = customer.add_pack(key_id, IN_MARCH, "8", "bought", **ending)
    given = customer.add_pack(key_id, IN_MARCH, "2", "given", category="promotional", price="1")
    voided = customer.add_pack(key_id, IN_MARCH, "4", "voided", price="0.25")
    customer.admin("POST", f"/apiKey/{key_id}/packs/{voided}/void")
    later = customer.add_pack(key_id, NOW, "9", "later", price="9")

    def shown(month: str) -> dict[str, tuple[Any, ...]]:
        made = customer.bill(key_id, month=month).json
        figures = ("category", "state", "price", "drawn", "left", "voided")
        return {each["packId"]: tuple(each[name] for name in figures) for each in made["packs"]}

    march = shown("2026-03")
    assert march == {
        customer.pack: ("paid", "live", "45.5", "3", "50", "0"),
        bought: ("paid", "expired", "7", "0", "8", "0"),
        given: ("promotional", "live", "1", "0", "2", "0"),
        voided: ("paid", "voided", "0.25", "0", "0", "4"),
    }
    assert list(shown("2026-04")) == [customer.pack, given, later]
    assert list(shown("2026-02")) == [customer.pack]
    purchases = {
        month: customer.bill(key_id, month=month).json["charges"]["purchases"]
        for month in ("2026-02", "2026-03", "2026-04")
    }
    assert purchases == {"2026-02": "45.5", "2026-03": "7.25", "2026-04": "9"}


def test_a_bill_has_all_packs_however_many_are_read_at_once(customer, monkeypatch):
    added = [customer.add_pack(customer.customer, NOW, "1", f"no. {number}") for number in range(3)]
    monkeypatch.setattr(bill_packs, "_PACKS", 2)
    shown = [each["packId"] for each in customer.bill(customer.customer, month="2026-04").json["packs"]]
    assert shown == [customer.pack, *sorted(added)]


def test_a_bills_table_names_packs_as_no_spreadsheet_runs_them(customer):
    table = customer.bill(customer.customer, format="csv", audience="customer").text
    (row,) = (row for row in csv.DictReader(io.StringIO(table, newline="")) if row["part"] == "pack")
    assert (row["name"], row["category"], row["state"]) == ("'=Spring", "paid", "live")
    assert (row["amount"], row["price"], row["left"], row["cost"]) == ("50", "45.5", "50", "3")
    assert (row["requests"], row["promptTokens"], row["expiresAt"]) == ("1", "", "")


def test_costs_are_told_apart_by_cost_centre(customer):
    def asked(route: str, **query: Any) -> list[tuple[Any, str]]:
        answer = customer.admin("GET", f"/costs/{route}", **MARCH, **query)
        assert answer.status == 200, answer.text
        return [
            (next(iter(row[name] for name in NAMED if name in row)), row["cost"])
            for row in answer.json["data"]
        ]

    assert asked("by-cost-centre") == [("4711", "10"), (None, "7")]
    assert asked("by-cost-centre", keyId=customer.team) == [("4711", "10")]
    assert asked("by-cost-centre", keyId=customer.reseller) == [(None, "7")]
    assert asked("by-cost-centre", costCentre="4711", model="small") == [("4711", "10")]
    assert asked("by-key", costCentre="4711") == [(customer.team, "10")]
    assert asked("by-model", costCentre="4711") == [("small", "10")]
    assert asked("by-month", costCentre="4711") == [("2026-03", "10")]
    refused = customer.admin("GET", "/costs/by-owner", costCentre="4711", **MARCH)
    assert refused.errors.keys() == {"costCentre"}
    overview = customer.admin("GET", "/costs/overview", **MARCH).json
    assert [(row["costCentre"], row["margin"]) for row in overview["topCostCentres"]] == [("4711", "4")]
    assert (overview["totals"]["providerCost"], overview["totals"]["packs"]) == ("14", "3")


NAMED = ("costCentre", "keyId", "model", "month")


@pytest.mark.parametrize("audience", ["operator", "customer"])
def test_the_focus_file_agrees_with_the_bill(customer, audience):
    asked = {**MARCH, "granularity": "month", "audience": audience}
    answer = customer.admin("GET", "/costs/export", **asked, accountId=customer.customer)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="focus-2026-03-01-to-2026-03-31.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert focus_rules.broken(list(rows[0]), rows) == []
    (row,) = rows
    made = customer.bill(customer.customer).json["charges"]
    assert (row["SubAccountName"], row["BillingAccountName"]) == ("team", "customer")
    assert (row["BilledCost"], row["EffectiveCost"]) == (made["metered"], "10")
    assert ("x_Margin" in row) is (audience == "operator")
    everything = customer.admin("GET", "/costs/export", **asked).text
    of_all = list(csv.DictReader(io.StringIO(everything, newline="")))
    assert sum(Decimal(each["BilledCost"]) for each in of_all) == Decimal(made["due"])


def test_the_focus_file_has_the_packs_that_were_bought(customer):
    ended = customer.add_pack(
        customer.customer, IN_MARCH, "8", "ended", price="7", expiresAt="2026-03-25T00:00:00Z"
    )
    customer.add_pack(customer.customer, IN_MARCH, "8", "given", category="promotional")
    teams = customer.add_pack(customer.team, IN_MARCH, "4", "of the team", price="3.5")
    own = customer.add_pack(customer.reseller, IN_MARCH, "2", "of the reseller", price="1.25")
    # By then what has ended is taken out of the key.
    customer.add_pack(customer.customer, NOW, "9", "later", price="9")
    assert ended not in customer.admin.services.keys.get(customer.customer).packs

    def exported(**query: Any) -> list[dict[str, str]]:
        answer = customer.admin("GET", "/costs/export", **MARCH, audience="customer", **query)
        assert answer.status == 200, answer.text
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert focus_rules.broken(list(rows[0]), rows) == []
        return rows

    rows = exported(accountId=customer.customer)
    bought = [row for row in rows if row["ChargeCategory"] == "Purchase"]
    figures = ("ResourceId", "SubAccountName", "BilledCost", "EffectiveCost", "x_CostCentre")
    assert sorted([row[name] for name in figures] for row in bought) == sorted(
        [[ended, "customer", "7", "0", "4711"], [teams, "team", "3.5", "0", "4711"]]
    )
    assert {row["ChargePeriodStart"] for row in bought} == {"2026-03-20T00:00:00Z"}
    made, teams_bill = (customer.bill(each).json["charges"] for each in (customer.customer, customer.team))
    billed = sum(Decimal(row["BilledCost"]) for row in rows)
    assert billed == Decimal(made["metered"]) + Decimal(made["purchases"]) + Decimal(teams_bill["purchases"])
    everything = exported(granularity="month")
    assert [row["BilledCost"] for row in everything if row["ResourceId"] == own] == ["1.25"]
    assert sum(Decimal(row["BilledCost"]) for row in everything) == Decimal(made["due"]) + Decimal("11.75")
    assert sum(Decimal(row["EffectiveCost"]) for row in everything) == Decimal(made["total"])


@pytest.mark.parametrize(
    "query",
    [{"format": "csv"}, {"granularity": "hour"}, {"accountId": "x"}, {"issuer": ""}, {"audience": "me"}],
)
def test_what_no_file_is_like_is_refused(admin, query):
    answer = admin("GET", "/costs/export", **query)
    assert answer.status == 422
    assert answer.errors.keys() == query.keys()


def names_in(shown: Any) -> Iterator[str]:
    for each in shown if isinstance(shown, list) else shown.values() if isinstance(shown, dict) else ():
        yield from names_in(each)
    if isinstance(shown, dict):
        yield from json.loads(json.dumps(list(shown)))
