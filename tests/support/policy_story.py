"""A team's month on a running stack, told to its end, with books of what it comes to.

Each call is reckoned from prices and reported tokens by `hybrid_books`; its answer and how its keys stand are
compared with that at once.
"""

from __future__ import annotations

import csv
import io
import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx

from tests.support import schedules
from tests.support.hybrid_books import ZERO, Entry, HybridAccount, Price, Terms, charged, total
from tests.support.waiting import until
from tollgate.clock import rfc3339, utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from infra.local.stack import Stack

LARGE, SMALL = "story-large", "story-small"
PRICES = {LARGE: Price(Decimal(2500), Decimal(10000)), SMALL: Price(Decimal(150), Decimal(600))}
CENTRE = "story-4711"
BOSS, LEAD, ANN = (f"{name}-of-story@example.com" for name in ("boss", "lead", "ann"))
QUOTA, RAISED, OVERAGE_LIMIT = Decimal(2), Decimal("3.5"), Decimal("0.6")
DEPARTMENTS = Decimal("5.95")
# What the second pack was bought for.
ORDER, PRICE = "Order 4711", Decimal("0.9")
TEAMS = Terms(Decimal("1.2"), Decimal("0.03"), Decimal("1.5"))
PATIENCE_SECONDS = 120
# Long enough for the story on a slow machine: it is of one month.
STORY = timedelta(minutes=5)


@dataclass
class World:
    """The stack, as its operator and its keys' holders see it, and the books that the test keeps."""

    stack: Stack
    admin: httpx.Client
    keys: dict[str, dict[str, Any]]
    account: HybridAccount
    entries: list[Entry] = field(default_factory=list)
    refusals: dict[str, dict[str, Any]] = field(default_factory=dict)
    alerts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def id(self, name: str) -> str:
        found: str = self.keys[name]["id"]
        return found

    def of(self, *names: str) -> list[Entry]:
        ids = {self.id(name) for name in names}
        return [each for each in self.entries if each.key_id in ids]

    def post(self, name: str, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """As a key's holder."""
        sent = {"authorization": f"Bearer {self.keys[name]['key']}", **headers}
        return httpx.post(f"{self.stack.base_url}{path}", json=body, headers=sent, timeout=60)

    def get(self, name: str, path: str, **params: Any) -> dict[str, Any]:
        sent = {"authorization": f"Bearer {self.keys[name]['key']}"}
        answer = httpx.get(f"{self.stack.base_url}{path}", params=params, headers=sent, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, path: str, **params: Any) -> dict[str, Any]:
        """As the operator."""
        answer = self.admin.get(path, params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def table(self, path: str, **params: Any) -> list[dict[str, str]]:
        """As the operator, CSV."""
        answer = self.admin.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))

    def call(self, name: str, tokens: int, model: str = LARGE, served: str = "") -> None:
        """A call of so many tokens, entered in the books; `served` is the model that has to serve it."""
        answer = self.post(name, "/chat/completions", _body(model, tokens))
        assert answer.status_code == 200, answer.text
        served, usage = served or model, answer.json()["usage"]
        entry = self._entered(name, model, served, answer.headers["x-request-id"], usage)
        said = answer.headers
        assert Decimal(said["x-tollgate-cost-usd"]) == entry.cost
        assert said["x-tollgate-model"] == served
        assert said.get("x-tollgate-downgraded-from") == (model if served != model else None)
        assert said.get("x-tollgate-budget-phase") == (None if name == "nightly" else self.account.phase)
        # The answer doesn't wait for the holds to be closed.
        until(self._is_settled, PATIENCE_SECONDS)
        team = self.ask(f"/apiKey/{self.id('team')}")
        assert Decimal(team["quotaUsed"]) == self.account.used
        assert Decimal(team["packsLeft"]) == sum(self.account.packs.values(), ZERO)
        assert Decimal(self.ask(f"/apiKey/{self.id('department')}")["budgetUsed"]) == total(self.entries)

    def refused(self, name: str, what: str, model: str = LARGE, **headers: str) -> None:
        answer = self.post(name, "/chat/completions", _body(model, 10), **headers)
        assert answer.status_code == 429, answer.text
        assert answer.headers["x-should-retry"] == "false"
        self.refusals[what] = answer.json()["error"]

    def estimate(self, name: str, tokens: int) -> dict[str, Any]:
        answer = self.post(name, "/estimate", _body(LARGE, tokens))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def told(self, name: str, count: int) -> None:
        """Waits until so many alerts of a key have reached everybody."""

        def read() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.ask("/alerts", keyId=self.id(name))["data"]
            sent = all(each["state"] == "sent" for alert in found for each in alert["deliveries"])
            return found[::-1] if len(found) >= count and sent else []

        self.alerts[name] = until(read, PATIENCE_SECONDS)
        assert len(self.alerts[name]) == count, [each["kind"] for each in self.alerts[name]]

    def _is_settled(self) -> bool:
        shown = [self.ask(f"/apiKey/{each['id']}") for each in self.keys.values()]
        return all(each["requestsOpen"] == 0 for each in shown)

    def _entered(self, name: str, model: str, served: str, request_id: str, usage: dict[str, int]) -> Entry:
        tokens = usage["prompt_tokens"], usage["completion_tokens"]
        provider_cost = PRICES[served].of(*tokens)
        parts: dict[str, Any] = {}
        if name == "nightly":
            cost, fee = charged(provider_cost, Terms())
        else:
            cost, fee = charged(provider_cost, TEAMS)
            draws, included, metered, overage = self.account.pay(cost)
            cost += overage
            parts = {"draws": draws, "included": included, "metered": metered, "overage": overage}
        entry = Entry(request_id, self.id(name), served, model, *tokens, provider_cost, cost, fee, **parts)
        self.entries.append(entry)
        return entry


def _body(model: str, tokens: int) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Hello there"}],
        "max_tokens": tokens,
        "mock": {"prompt_tokens": 8, "completion_tokens": tokens},
    }


def tell(stack: Stack, admin: httpx.Client) -> World:
    """The whole story, until all of its calls are summed up."""
    _wait_for_one_month()
    world = _begun(stack, admin)
    _packs_and_the_quota_are_used(world)
    _more_is_asked_for_and_approved(world)
    _cheaper_models_serve(world)
    _what_is_beyond_is_metered(world)
    until(lambda: _counted(world) == len(world.entries), PATIENCE_SECONDS)
    return world


def _counted(world: World) -> int:
    rows = world.ask("/costs/by-key", keyId=world.id("department"), tree="true")["data"]
    return sum(row["requests"] for row in rows)


def _wait_for_one_month() -> None:
    """A bill is of a month, and so is the quota: the story doesn't begin in the last minutes of one."""
    while (utc_now() + STORY).month != utc_now().month:
        time.sleep(1)


def _begun(stack: Stack, admin: httpx.Client) -> World:
    (mock,) = [each for each in admin.get("/providers?search=mock").json()["data"] if each["name"] == "mock"]
    for name, price in PRICES.items():
        prices = {"inputPrice": str(price.prompt), "outputPrice": str(price.completion)}
        model = {"systemName": name, "providerId": mock["id"], "modelType": "chat", **prices}
        admin.post("/models", json=model).raise_for_status()

    def key(**body: Any) -> dict[str, Any]:
        answer = admin.post("/apiKey", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    department = key(
        name="department",
        ownerEmail=BOSS,
        budgetLimit=str(DEPARTMENTS),
        manageChildren=True,
        costCentre=CENTRE,
        priorityReserves={"low": {"upToPercent": 80}, "normal": {"upToPercent": 100}},
    )
    team = key(
        name="team",
        parentId=department["id"],
        ownerEmail=LEAD,
        quotaLimit=str(QUOTA),
        quotaPeriod="month",
        alertDebounceSeconds=0,
        billingMode="hybrid",
        priceFactor=str(TEAMS.factor),
        minimumFee=str(TEAMS.fee),
        downgrade={"rules": [{"from": LARGE, "to": [SMALL]}]},
    )
    ann = key(name="ann", parentId=team["id"], ownerEmail=ANN)
    nightly = key(name="nightly", parentId=department["id"], priority="low")
    packs = {
        pack["id"]: Decimal(pack["amount"])
        for body in (
            {"amount": "0.5", "category": "promotional", "expiresAt": rfc3339(_in_days(30))},
            {"amount": "1", "price": str(PRICE), "externalId": "order-4711", "name": ORDER},
        )
        for pack in [admin.post(f"/apiKey/{team['id']}/packs", json=body).raise_for_status().json()]
    }
    keys = {"department": department, "team": team, "ann": ann, "nightly": nightly}
    return World(stack, admin, keys, HybridAccount(TEAMS, QUOTA, packs))


def _packs_and_the_quota_are_used(world: World) -> None:
    world.call("nightly", 10, SMALL)
    assert world.estimate("ann", 30)["phase"] == "packs"
    world.call("ann", 30)
    world.call("ann", 60)  # the end of the first pack, and the second
    world.told("team", 1)
    world.call("ann", 80)  # the end of the second, and the quota
    world.told("team", 2)
    world.call("ann", 115)
    world.told("team", 3)
    world.refused("ann", "of the quota above")
    world.refused("team", "of its own quota")


def _more_is_asked_for_and_approved(world: World) -> None:
    way = world.refusals["of its own quota"]["details"]["increase"]
    ends_at = rfc3339(_in_days(3))
    wanted = {"window": way["window"], "limit": "5", "reason": "the month is long", "until": ends_at}
    asked = world.post("team", way["path"].removeprefix("/v1"), wanted)
    assert asked.status_code == 201, asked.text
    (listed,) = world.ask("/budget-requests", state="pending", keyId=world.id("team"))["data"]
    assert Decimal(listed["budget"]["used"]) == world.account.used
    approved = world.admin.post(f"/budget-requests/{listed['id']}/approve", json={"limit": str(RAISED)})
    assert approved.status_code == 200, approved.text
    decision = approved.json()["decision"]
    assert (Decimal(decision["limit"]), decision["until"]) == (RAISED, ends_at)
    world.account.allowance = RAISED
    _come_back(world.stack)
    world.told("team", 6)


def _cheaper_models_serve(world: World) -> None:
    foreseen = world.estimate("ann", 100)
    assert (foreseen["model"], foreseen["downgradedFrom"]) == (LARGE, None)
    world.call("team", 100)
    world.told("team", 7)
    foreseen = world.estimate("ann", 10)
    assert (foreseen["model"], foreseen["downgradedFrom"]) == (SMALL, LARGE)
    world.refused("ann", "without a cheaper model", **{"x-tollgate-downgrade": "never"})
    world.call("nightly", 10, SMALL)
    world.call("ann", 10, served=SMALL)  # the fee
    world.told("team", 8)
    world.told("department", 1)
    world.refused("nightly", "of low priority", SMALL)
    world.call("ann", 300, served=SMALL)
    world.told("team", 9)


def _what_is_beyond_is_metered(world: World) -> None:
    metering = {
        "overage": "metered",
        "overageFactor": str(TEAMS.overage),
        "overageLimit": str(OVERAGE_LIMIT),
    }
    world.admin.patch(f"/apiKey/{world.id('team')}", json=metering).raise_for_status()
    world.account.meters = True
    assert world.estimate("ann", 100)["phase"] == "included"
    world.call("ann", 100, served=SMALL)  # the end of the quota, and beyond
    world.told("team", 11)
    assert world.estimate("ann", 100)["phase"] == "metered"
    world.call("team", 10, served=SMALL)  # the fee
    world.call("ann", 390, served=SMALL)
    world.told("department", 2)
    world.refused("ann", "beyond what may be metered")


def _in_days(days: int) -> datetime:
    return utc_now() + timedelta(days=days)


def _come_back(stack: Stack) -> None:
    """The schedule of a minute, now."""
    schedules.invoke(stack, "AlertsFunction", "come back")
