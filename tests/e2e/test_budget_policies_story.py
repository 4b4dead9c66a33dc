"""A team's month on the deployed template, from packs to metering, and every figure of it to the last digit.

The team is billed as a hybrid: two packs, then an included quota. It runs out, asks for more, gets that until
a time, is downgraded at 90 %, goes on metered until that is used up, too. Meanwhile a key of low priority
is shed by the reserve of the department that it shares with the team (`policy_story`). All that the system
says of it is compared with books that were kept beside it.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import focus_rules, policy_story
from tests.support.every_page import every_row
from tests.support.hybrid_books import ZERO, Entry, Terms, total
from tests.support.policy_story import (
    ANN,
    BOSS,
    CENTRE,
    DEPARTMENTS,
    LEAD,
    ORDER,
    OVERAGE_LIMIT,
    PRICE,
    PRICES,
    QUOTA,
    RAISED,
    STORY,
    TEAMS,
    World,
)
from tollgate.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from infra.local.stack import Stack


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:
        yield policy_story.tell(stack, admin)


FIGURES: dict[str, Callable[[Entry], Decimal | int]] = {
    "requests": lambda _each: 1,
    "promptTokens": lambda each: each.prompt_tokens,
    "completionTokens": lambda each: each.completion_tokens,
    "cost": lambda each: each.cost,
    "packs": lambda each: each.packs,
    "included": lambda each: each.included,
    "metered": lambda each: each.metered,
    "overage": lambda each: each.overage,
    "fees": lambda each: each.fee,
    "providerCost": lambda each: each.provider_cost,
    "margin": lambda each: each.cost - each.provider_cost,
}


def sums(entries: Iterable[Entry]) -> dict[str, Decimal]:
    found = list(entries)
    return {name: sum((Decimal(of(each)) for each in found), ZERO) for name, of in FIGURES.items()}


def _days() -> dict[str, str]:
    """Those of the story, in the reporting zone."""
    return {"from": str((utc_now() - STORY).date()), "to": str(utc_now().date())}


def figures(row: Mapping[str, Any]) -> dict[str, Decimal]:
    """Those of a row, of JSON or CSV."""
    return {name: Decimal(row[name]) for name in FIGURES}


def by(name: str, rows: Iterable[Mapping[str, Any]]) -> dict[Any, dict[str, Decimal]]:
    return {row[name]: figures(row) for row in rows}


def models_of(entries: list[Entry]) -> dict[str, dict[str, Decimal]]:
    return {model: sums(each for each in entries if each.model == model) for model in PRICES}


def test_refusals_say_what_was_used_and_by_whom(world):
    found = {
        what: (error["code"], error["details"]["scope"], Decimal(error["details"]["usedUsd"]))
        for what, error in world.refusals.items()
    }
    team, department = world.id("team"), world.id("department")
    used = sum((each.included for each in world.of("team", "ann")[:4]), ZERO)
    tight = used + world.of("team")[0].included
    shed = total(world.entries[: 1 + [each.fee > 0 for each in world.entries].index(True)])
    assert found == {
        "of the quota above": ("parent_budget_exhausted", team, used),
        "of its own quota": ("quota_exhausted", team, used),
        "without a cheaper model": ("downgrade_required", team, tight),
        "of low priority": ("budget_reserved", department, shed),
        "beyond what may be metered": ("request_exceeds_budget", team, world.account.used),
    }
    phases = {what: error["details"].get("phase") for what, error in world.refusals.items()}
    assert phases == {
        "of the quota above": "included",
        "of its own quota": "included",
        "without a cheaper model": "included",
        "of low priority": None,
        "beyond what may be metered": "metered",
    }
    last = world.refusals["beyond what may be metered"]["details"]
    assert Decimal(last["overageLimitUsd"]) == OVERAGE_LIMIT
    assert Decimal(last["usedUsd"]) + Decimal(last["costUsd"]) > RAISED + OVERAGE_LIMIT
    asking = {what for what, error in world.refusals.items() if "increase" in error["details"]}
    assert asking == {"of its own quota"}


def test_records_say_what_calls_came_to_and_who_paid(world):
    for entry in world.entries:
        record = world.ask(f"/requests/{entry.request_id}")
        is_teams = entry.key_id != world.id("nightly")
        lines = {line["item"]: Decimal(line["cost"]) for line in record["breakdown"]}
        assert (record["keyId"], record["outcome"], record["exceedsHold"]) == (
            entry.key_id,
            "succeeded",
            False,
        )
        assert (record["model"], record["downgradedFrom"]) == (
            entry.model,
            None if entry.asked_for == entry.model else entry.asked_for,
        )
        assert (record["promptTokens"], record["completionTokens"]) == (
            entry.prompt_tokens,
            entry.completion_tokens,
        )
        assert Decimal(record["providerCost"]) == entry.provider_cost
        assert Decimal(record["calculatedCost"]) == entry.cost == sum(lines.values())
        assert lines.get("minimum_fee", ZERO) == entry.fee
        assert lines.get("overage", ZERO) == entry.overage
        draws = {each["packId"]: Decimal(each["amount"]) for each in record["packDraws"]}
        assert draws == entry.draws
        assert {each["keyId"] for each in record["packDraws"]} <= {world.id("team")}
        billing = record["billing"]
        assert (billing is not None) == is_teams
        if is_teams:
            assert billing["keyId"] == world.id("team")
            assert (Decimal(billing["included"]), Decimal(billing["metered"])) == (
                entry.included,
                entry.metered,
            )
        terms = TEAMS if is_teams else Terms()
        assert (Decimal(record["priceFactor"]), Decimal(record["minimumFee"])) == (terms.factor, terms.fee)
        assert record["costCentre"] == CENTRE
        assert record["billingMode"] == ("hybrid" if is_teams else None)
    rows = world.table("/requests/export", keyId=world.id("ann"), format="csv")
    exported = {row["id"]: (Decimal(row["calculatedCost"]), Decimal(row["providerCost"])) for row in rows}
    assert exported == {each.request_id: (each.cost, each.provider_cost) for each in world.of("ann")}


def test_cost_queries_add_up_to_the_records(world):
    everything, teams = world.entries, world.of("team", "ann")
    days = _days()
    keys = every_row(world.admin, "/costs/by-key", **days)
    ids = {each["id"] for each in world.keys.values()}
    assert by("keyId", [row for row in keys if row["keyId"] in ids]) == {
        world.id(name): sums(world.of(name)) for name in ("team", "ann", "nightly")
    }
    trees = by("keyId", every_row(world.admin, "/costs/by-key", tree="true", **days))
    assert trees[world.id("team")] == sums(teams)
    assert trees[world.id("department")] == sums(everything)
    models = world.ask("/costs/by-model", keyId=world.id("team"), tree="true", **days)["data"]
    assert by("model", models) == models_of(teams)
    everywhere = by("model", every_row(world.admin, "/costs/by-model", **days))
    assert {name: everywhere[name] for name in PRICES} == models_of(everything)
    centres = by("costCentre", every_row(world.admin, "/costs/by-cost-centre", **days))
    assert centres[CENTRE] == sums(everything)
    owners = by("owner", every_row(world.admin, "/costs/by-owner", **days))
    assert (owners[ANN], owners[LEAD]) == (sums(world.of("ann")), sums(world.of("team")))
    table = world.table("/costs/by-day", keyId=world.id("department"), tree="true", format="csv", **days)
    months = world.ask("/costs/by-month", keyId=world.id("department"), tree="true", **days)["data"]
    for rows in (table, months):
        assert {name: sum(figures(row)[name] for row in rows) for name in FIGURES} == sums(everything)


def test_bills_say_who_pays(world):
    teams, month = world.of("team", "ann"), utc_now().strftime("%Y-%m")
    bill = world.ask(f"/apiKey/{world.id('team')}/bill", month=month)

    assert {name: Decimal(each) for name, each in bill["charges"].items()} == {
        "total": total(teams),
        "packs": Decimal("1.5"),
        "included": RAISED,
        "metered": total(teams, "metered"),
        "other": ZERO,
        "due": total(teams, "metered"),
        "purchases": PRICE,
        "overage": total(teams, "overage"),
        "fees": total(teams, "fee"),
        "providerCost": total(teams, "provider_cost"),
        "margin": total(teams) - total(teams, "provider_cost"),
    }
    drawn = {pack: [each.draws[pack] for each in teams if pack in each.draws] for pack in world.account.packs}
    lines = {each["packId"]: (each["requests"], Decimal(each["drawn"])) for each in bill["packs"]}
    assert {(each["name"], each["state"], each["drawn"] == each["used"]) for each in bill["packs"]} == {
        (None, "used", True),
        (ORDER, "used", True),
    }
    assert lines == {pack: (len(draws), sum(draws)) for pack, draws in drawn.items()}
    assert (figures(bill["tree"]), figures(bill["own"])) == (sums(teams), sums(world.of("team")))
    assert by("model", bill["byModel"]) == models_of(teams)
    assert by("keyId", bill["byKey"]) == {world.id(name): sums(world.of(name)) for name in ("team", "ann")}
    assert set(figures(bill["moved"]).values()) == {ZERO}
    assert (bill["billingMode"], bill["costCentre"]) == ("hybrid", CENTRE)

    rows = world.table(f"/apiKey/{world.id('team')}/bill", month=month, format="csv")
    parts = {(row["part"], row["id"]): row for row in rows}
    assert [row["part"] for row in rows] == [
        *("tree", "pack", "pack", "included", "metered", "other", "model", "model", "key", "key", "moved")
    ]
    assert figures(parts["tree", world.id("team")]) == sums(teams)
    for pack, (requests, amount) in lines.items():
        row = parts["pack", pack]
        assert (int(row["requests"]), Decimal(row["cost"])) == (requests, amount)
    for part in ("included", "metered", "other"):
        assert Decimal(parts[part, ""]["cost"]) == Decimal(bill["charges"][part])

    departments = world.ask(f"/apiKey/{world.id('department')}/bill", month=month)
    charges = {name: Decimal(each) for name, each in departments["charges"].items()}
    assert charges["total"] == charges["other"] == charges["due"] == total(world.entries)
    assert charges["packs"] == charges["included"] == charges["metered"] == ZERO
    customers = world.admin.get(f"/apiKey/{world.id('team')}/bill", params={"audience": "customer"})
    assert customers.json()["charges"]["due"] == bill["charges"]["due"]
    assert "providerCost" not in customers.text


def test_the_focus_file_bills_what_is_due(world):
    teams = world.of("team", "ann")
    rows = world.table("/costs/export", format="focus", accountId=world.id("team"), **_days())
    assert focus_rules.broken(list(rows[0]), rows) == []
    columns: dict[str, Callable[[Entry], Decimal]] = {
        "BilledCost": lambda each: each.metered,
        "EffectiveCost": lambda each: each.cost,
        "ContractedCost": lambda each: each.cost,
        "ListCost": lambda each: each.provider_cost,
        "ConsumedQuantity": lambda each: Decimal(each.prompt_tokens + each.completion_tokens),
        "x_PackCost": lambda each: each.packs,
        "x_IncludedCost": lambda each: each.included,
        "x_MeteredCost": lambda each: each.metered,
        "x_OverageCost": lambda each: each.overage,
        "x_FeeCost": lambda each: each.fee,
        "x_Margin": lambda each: each.cost - each.provider_cost,
        "x_RequestCount": lambda _each: Decimal(1),
    }
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    (bought,) = (row for row in rows if row["ChargeCategory"] == "Purchase")
    assert (Decimal(bought["BilledCost"]), Decimal(bought["EffectiveCost"])) == (PRICE, ZERO)
    assert bought["ResourceName"] == ORDER
    assert sum(Decimal(row["BilledCost"]) for row in rows) == total(teams, "metered") + PRICE
    usage = [row for row in rows if row is not bought]
    for row in usage:
        sums_of = found.setdefault((row["SubAccountId"], row["ResourceName"]), dict.fromkeys(columns, ZERO))
        for name in columns:
            sums_of[name] += Decimal(row[name])
    wanted: dict[tuple[str, str], dict[str, Decimal]] = {}
    for each in teams:
        sums_of = wanted.setdefault((each.key_id, each.model), dict.fromkeys(columns, ZERO))
        for name, of in columns.items():
            sums_of[name] += of(each)
    assert found == wanted
    assert {(row["x_CostCentre"], row["x_BillingMode"]) for row in rows} == {(CENTRE, "hybrid")}


def test_holders_see_the_same(world):
    usage = world.get("ann", "/usage", **_days())
    hidden = {"providerCost", "margin"}
    assert {name: Decimal(usage["totals"][name]) for name in FIGURES if name not in hidden} == {
        name: each for name, each in sums(world.of("ann")).items() if name not in hidden
    }
    packs = {each["id"]: each for each in world.get("team", "/packs")["data"]}
    assert packs.keys() == world.account.packs.keys()
    assert {(each["state"], each["left"]) for each in packs.values()} == {("used", "0")}
    assert {Decimal(each["used"]) for each in packs.values()} == {Decimal("0.5"), Decimal(1)}


def test_alerts_and_mails_say_the_same(world):
    teams, everything = world.of("team", "ann"), world.entries
    # After so many of the team's calls.
    used = [sum((each.included + each.metered for each in teams[:count]), ZERO) for count in range(11)]
    spent = [total(everything[:count]) for count in range(len(everything) + 1)]
    promotional, paid = Decimal("0.5"), Decimal(1)
    expected: list[tuple[str, str, int | None, Decimal, set[Decimal]]] = [
        ("department", "threshold", 80, DEPARTMENTS, {spent[8]}),
        ("department", "threshold", 90, DEPARTMENTS, {spent[12]}),
        ("team", "pack_nearly_used", 90, promotional, {promotional}),
        ("team", "pack_nearly_used", 90, paid, {paid}),
        ("team", "threshold", 100, QUOTA, {used[4]}),
        ("team", "increase_asked", None, QUOTA, {used[4]}),
        ("team", "increase_approved", None, RAISED, {used[4]}),
        ("team", "recovery", 100, RAISED, {used[4]}),
        ("team", "threshold", 90, RAISED, {used[5]}),
        # The first call that is downgraded may be open still.
        ("team", "downgrading", 90, RAISED, {used[5], used[6]}),
        ("team", "threshold", 95, RAISED, {used[7]}),
        ("team", "threshold", 100, RAISED, {used[8]}),
        ("team", "metering", None, RAISED, {used[8]}),
    ]
    found = {
        (name, each["kind"], each["percent"], Decimal(each["limit"])): each
        for name in ("department", "team")
        for each in world.alerts[name]
    }
    assert found.keys() == {each[:4] for each in expected}
    mails = {
        alert: mail for mail in _mails(world.stack) for alert in _ids(found) if alert in mail["BodyText"]
    }
    for name, kind, percent, limit, amounts in expected:
        alert = found[name, kind, percent, limit]
        assert Decimal(alert["used"]) in amounts
        mail = mails[alert["id"]]
        asked = kind == "increase_asked"
        refuses = (name, kind, percent, limit) == ("team", "threshold", 100, QUOTA)
        assert ("New requests are refused" in mail["BodyText"]) == refuses
        assert mail["To"] == [BOSS if asked or name == "department" else LEAD]
        _require_figures(_lines(mail["BodyText"]), kind, limit, Decimal(alert["used"]))
        if kind == "threshold":
            at = Decimal(alert["used"])
            charged = total(teams[: used.index(at)]) if name == "team" else at
            _require_spent(_lines(mail["BodyText"]), charged)
        assert _dollars(limit, 2) in mail["BodyHtml"]
    metered = found["team", "metering", None, RAISED]["metering"]
    assert (Decimal(metered["overageFactor"]), Decimal(metered["overageLimit"])) == (
        TEAMS.overage,
        OVERAGE_LIMIT,
    )


def _require_figures(lines: dict[str, str], kind: str, limit: Decimal, used: Decimal) -> None:
    """Mails show cents, and two digits of what is less; what is left is the difference of what they show."""
    left = limit - used
    places = max(_places(used), _places(left))
    shown = used.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR)
    beyond = _dollars(shown - limit, places)
    wanted = {"Used": _dollars(shown, places), "Limit": _dollars(limit, 2)}
    match kind:
        case "pack_nearly_used":
            wanted = {"Used": wanted["Used"], "Amount": wanted["Limit"], "Left": "$0.00"}
        case "metering":
            wanted = {"Used": wanted["Used"], "Included": wanted["Limit"], "Beyond the quota": beyond}
            wanted["Limit beyond the quota"] = _dollars(OVERAGE_LIMIT, 2)
        case "increase_asked":
            wanted |= {"Wanted limit": "$5.00", "Remaining": f"Nothing, {beyond} over the limit"}
        case "increase_approved":
            wanted |= {"Approved limit": _dollars(RAISED, 2), "Remaining": _dollars(limit - shown, places)}
    assert {name: lines[name].partition(" (")[0] for name in wanted} == wanted


def _require_spent(lines: dict[str, str], spent: Decimal) -> None:
    """What packs have paid is in it; it is written to as many places as what is used, or more."""
    shown = lines["Spent in the last 24 hours"].partition(",")[0]
    places = len(shown.partition(".")[2])
    assert shown == _dollars(spent.quantize(Decimal(1).scaleb(-places), ROUND_FLOOR), places)
    assert places >= _places(spent)


def _places(amount: Decimal) -> int:
    return max(2, 1 - amount.adjusted()) if amount else 2


def _dollars(amount: Decimal, places: int) -> str:
    whole, _, fraction = f"{amount:.{places}f}".partition(".")
    return f"${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _ids(alerts: dict[Any, dict[str, Any]]) -> list[str]:
    return [each["id"] for each in alerts.values()]


def _mails(stack: Stack) -> list[dict[str, Any]]:
    by_account = httpx.get(stack.mail_url, timeout=60).json()["messages"]
    return [each for account in by_account.values() for each in account]


def _lines(text: str) -> dict[str, str]:
    """The table of a mail."""
    rows = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in rows}
