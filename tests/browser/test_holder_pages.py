"""What a key's holder sees and does: their own key, those below it, and nothing of the administrators'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled, sign_in

if TYPE_CHECKING:
    from infra.local.stack import Stack

MARKUP = "search <img src=x onerror=alert(1)>"
TABS = ("Budget and spending", "Keys below", "Higher limits", "Using the key")


@pytest.fixture(scope="module")
def key(admin: httpx.Client, stack: Stack) -> dict[str, Any]:
    """A key that manages others, with a child that asks for more, and a call that it made."""
    limits = {"budgetLimit": "20", "quotaLimit": "5", "quotaPeriod": "month"}
    made = admin.post("/apiKey", json={"name": "A team", "manageChildren": True, **limits}).json()
    admin.post(f"/apiKey/{made['id']}/packs", json={"amount": "3", "name": "Trial credit"}).raise_for_status()
    with client_of(stack, made["key"]) as holder:
        child = holder.post("/keys", json={"name": MARKUP, "budgetLimit": "2"}).json()
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}
        holder.post("/chat/completions", json=body).raise_for_status()
    with client_of(stack, child["key"]) as below:
        asked = {"window": "total", "limit": "4", "reason": "An evaluation"}
        below.post("/budget-requests", json=asked).raise_for_status()
    return dict(made)


def client_of(stack: Stack, secret: str) -> httpx.Client:
    return httpx.Client(base_url=stack.base_url, headers={"authorization": f"Bearer {secret}"}, timeout=60)


def opened(page, key, tab=None):
    sign_in(page, key["key"])
    expect(page.get_by_role("tab", name=TABS[0])).to_be_visible()
    if tab is not None:
        page.get_by_role("tab", name=tab).click()
    settled(page)


def test_a_holder_lands_on_their_key_and_asks_the_admin_api_for_nothing(page, key, stack):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, key)
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        settled(page)
    # Pages of administrators lead back.
    for path in ("keys", "audit", "./"):
        page.goto(path)
        expect(page.get_by_role("tab", name=TABS[0])).to_be_visible()
        assert "/console/me" in page.url
    assert not [url for url in asked if url.startswith(stack.admin_url)]
    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == ["My key"]


def test_a_holder_creates_a_key_and_is_told_beside_the_field_what_is_too_much(page, key, stack):
    opened(page, key, "Keys below")
    page.get_by_role("button", name="Create a key").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("ann")
    form.get_by_label("One-time budget").fill("100")
    form.get_by_role("button", name="Create a key").click()
    expect(form.get_by_text("must not exceed the budget")).to_be_visible()
    form.get_by_label("One-time budget").fill("0.5")
    form.get_by_role("button", name="Create a key").click()
    secret = page.get_by_role("dialog").locator("code")
    expect(secret).to_be_visible()
    with client_of(stack, secret.inner_text()) as made:
        assert made.get("/usage").json()["budgets"][0]["limit"] == "0.5"
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(page.get_by_role("link", name="ann")).to_be_visible()


def test_a_holder_edits_and_revokes_a_key_below_by_its_name(page, key):
    opened(page, key, "Keys below")
    page.get_by_role("button", name=f"Actions for {MARKUP}").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Quota").fill("0.25")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(page.get_by_text("$0.25")).to_be_visible()
    page.get_by_role("button", name=f"Actions for {MARKUP}").click()
    page.get_by_role("menuitem", name="Revoke").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Revoke")
    expect(confirm).to_be_disabled()
    page.get_by_role("dialog").get_by_role("textbox").fill(MARKUP)
    confirm.click()
    expect(page.get_by_text("Revoked")).to_be_visible()
    page.get_by_role("button", name=f"Actions for {MARKUP}").click()
    page.get_by_role("menuitem", name="Let in again").click()
    expect(page.get_by_text("Revoked")).not_to_be_attached()


def test_a_holder_asks_for_more_withdraws_and_raises_the_limit_of_a_key_below(page, key):
    opened(page, key, "Higher limits")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved")).to_be_visible()
    page.get_by_role("button", name="Ask for more").click()
    form = page.get_by_role("dialog")
    form.get_by_label("New limit").fill("40")
    form.get_by_label("What for").fill("A batch of translations")
    form.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Waiting")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn")).to_be_visible()


def test_a_call_is_estimated_without_being_made(page, key):
    opened(page, key, "Using the key")
    page.get_by_label("Prompt").fill("Hello")
    page.get_by_role("button", name="Estimate").click()
    expect(page.get_by_text("Would be let through")).to_be_visible()
