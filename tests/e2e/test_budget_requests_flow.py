"""A higher limit on the deployed template: refused, asked for, approved until a time, and told of by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from tests.support import schedules
from tests.support.waiting import until
from tollgate.clock import rfc3339, utc_now

if TYPE_CHECKING:
    from infra.local.stack import Stack

CHAT: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Hello there"}],
    "max_tokens": 50,
}
BOSS, ANN = "boss-of-requests@example.com", "ann-of-requests@example.com"


def test_who_has_run_out_asks_is_approved_and_goes_on(stack: Stack) -> None:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:
        team = create(admin, name="team", budgetLimit="5", manageChildren=True, ownerEmail=BOSS)
        ann = create(admin, name="ann", parentId=team["id"], budgetLimit="0.000001", ownerEmail=ANN)
        with client_of(stack, ann) as asking, client_of(stack, team) as deciding:
            assert asking.post("/chat/completions", json=CHAT).status_code == 200
            refused = asking.post("/chat/completions", json=CHAT)
            assert refused.status_code == 429
            error = refused.json()["error"]
            way = error["details"]["increase"]
            assert (way["method"], way["path"], way["window"]) == ("POST", "/v1/budget-requests", "total")
            ends_at = rfc3339(utc_now() + timedelta(days=3))
            wanted = {"window": way["window"], "limit": "1", "reason": "to go on", "until": ends_at}

            asked = asking.request(way["method"], way["path"].removeprefix("/v1"), json=wanted)

            assert asked.status_code == 201, asked.text
            assert asking.post("/budget-requests", json=wanted).status_code == 200
            (listed,) = deciding.get("/budget-requests", params={"below": "true"}).json()["data"]
            assert (listed["id"], listed["state"]) == (asked.json()["id"], "pending")
            path = f"/budget-requests/{listed['id']}"
            assert asking.post(f"{path}/approve").status_code == 403
            come_back(stack)
            assert until(lambda: mails_to(stack, BOSS)) == [
                "[Tollgate] Request: ann asks for a higher budget: $1.00 instead of $0.000001"
            ]

            approved = deciding.post(f"{path}/approve", json={"limit": "0.5"})

            assert approved.status_code == 200, approved.text
            assert (approved.json()["decision"]["limit"], approved.json()["budget"]["limit"]) == (
                "0.5",
                "0.5",
            )
            assert asking.post("/chat/completions", json=CHAT).status_code == 200
            come_back(stack)
            told, limit = "[Tollgate] Approved: ann has a higher budget until ", ": $0.50"
            assert until(
                lambda: [each for each in mails_to(stack, ANN) if each.startswith(told) and limit in each]
            )
        changes = admin.get("/audit", params={"entity": ann["id"]}).json()["data"]
        assert [each["actions"] for each in changes[:2]] == [
            ["budget.raise", "increase.approve"],
            ["increase.ask"],
        ]
        assert changes[0]["actor"] == team["id"]


def create(admin: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = admin.post("/apiKey", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def client_of(stack: Stack, key: dict[str, Any]) -> httpx.Client:
    headers = {"authorization": f"Bearer {key['key']}"}
    return httpx.Client(base_url=stack.base_url, headers=headers, timeout=60)


def come_back(stack: Stack) -> None:
    """The schedule of a minute, now."""
    schedules.invoke(stack, "AlertsFunction", "come back")


def mails_to(stack: Stack, address: str) -> list[str]:
    by_account = httpx.get(stack.mail_url, timeout=60).json()["messages"]
    return [each["Subject"] for account in by_account.values() for each in account if address in each["To"]]
