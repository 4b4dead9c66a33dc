"""Whoever administers budgets sees what is asked for, and decides it in two clicks."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

ROOM = "What the keys above have left"


@pytest.fixture
def asked(admin, stack):
    """A request for a higher limit, of a key below another one; its reason has markup in it."""

    def made(name: str) -> dict[str, str]:
        team = admin.post("/apiKey", json={"name": f"{name} team", "budgetLimit": "50"}).json()
        key = admin.post("/apiKey", json={"name": name, "parentId": team["id"], "budgetLimit": "10"}).json()
        answer = httpx.post(
            f"{stack.base_url}/budget-requests",
            headers={"authorization": f"Bearer {key['key']}"},
            json={"window": "total", "limit": "20.000000001", "reason": "the <b>release</b> on Friday"},
            timeout=60,
        )
        assert answer.status_code == 201, answer.text
        return {"id": answer.json()["id"], "key": key["id"]}

    return made


def of_key(page, name):
    return page.get_by_role("article").filter(has=page.get_by_role("link", name=name, exact=True))


def test_an_operator_approves_what_was_asked_for_to_its_last_digit(page_of, admin, asked, axe):
    request = asked("Approved in a browser")
    page = page_of("operator", "budget-requests")
    card = of_key(page, "Approved in a browser")
    expect(card).to_contain_text("the <b>release</b> on Friday")
    card.get_by_role("button", name="Approve").click()
    expect(page.get_by_text(ROOM)).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("$50.00 left of $50.00")
    axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(card).not_to_be_attached()
    assert admin.get(f"/apiKey/{request['key']}").json()["budgetLimit"] == "20.000000001"
    page.get_by_role("tab", name="Approved").click()
    expect(of_key(page, "Approved in a browser")).to_contain_text("Decided by An operator")


def test_an_operator_denies_with_a_reason(page_of, admin, asked):
    request = asked("Denied in a browser")
    page = page_of("operator", f"budget-requests?keyId={request['key']}")
    page.get_by_role("button", name="Deny").click()
    refuse = page.get_by_role("dialog").get_by_role("button", name="Deny")
    expect(refuse).to_be_disabled()
    page.get_by_label("Reason").fill("not this month")
    refuse.click()
    expect(page.get_by_text("Nothing waits for an answer")).to_be_visible()
    decided = admin.get(f"/budget-requests/{request['id']}").json()
    assert (decided["state"], decided["decision"]["note"]) == ("denied", "not this month")


def test_whoever_is_slower_is_told_who_was_faster(page_of, admin, asked):
    request = asked("Decided twice")
    page = page_of("operator", f"budget-requests?keyId={request['key']}")
    page.get_by_role("button", name="Approve").click()
    admin.post(f"/budget-requests/{request['id']}/deny", json={"reason": "no"})
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone else was faster. Denied by admin")


def test_a_viewer_looks_and_decides_nothing(page_of, asked):
    request = asked("Only looked at")
    page = page_of("viewer", f"budget-requests?keyId={request['key']}")
    expect(of_key(page, "Only looked at")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).not_to_be_attached()
    expect(page.get_by_role("button", name="Deny")).not_to_be_attached()
