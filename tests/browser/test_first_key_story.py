"""The owner's first day: from a new key to a budget that was used up and has been raised, on pages alone."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx
from playwright.sync_api import expect

from infra.local.seed import DEMO_MODEL


def called(stack, secret):
    """Status and code of a call, and its id."""
    answer = httpx.post(
        f"{stack.base_url}/chat/completions",
        headers={"authorization": f"Bearer {secret}"},
        json={"model": DEMO_MODEL, "messages": [{"role": "user", "content": "Hello"}]},
        timeout=60,
    )
    code = answer.json().get("error", {}).get("code")
    return answer.status_code, code, answer.headers["x-request-id"]


def test_an_owner_gets_from_the_first_key_to_a_raised_budget(page_of, stack):
    name = f"First <b>key</b> {uuid4().hex[:8]}"
    page = page_of("owner")
    page.get_by_role("navigation").get_by_role("link", name="Keys", exact=True).click()
    page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("One-time budget").fill("0.0000001")
    form.get_by_role("button", name="Create the key").click()
    secret = form.locator("code").filter(has_text="sk-tg-").first.inner_text()
    form.get_by_role("button", name="Send a test call").click()
    expect(form.get_by_text("The call passed")).to_be_visible()
    form.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert secret not in page.content()

    # The call took the budget. Whoever calls knows the id of the call that was refused, and asks the owner.
    status, code, request = called(stack, secret)
    assert (status, code) == (429, "budget_exhausted")
    page.goto(f"requests/{request}")
    expect(page.get_by_text("There is no record of this request")).to_be_visible()
    page.get_by_label("Key").fill(name)
    page.get_by_role("option", name=name).click()
    page.get_by_role("button", name="Ask the gateway").click()
    expect(page.get_by_text("the key's budget is used up")).to_be_visible()
    page.get_by_role("link", name=name).click()

    told = page.get_by_role("region", name="Calls are refused")
    expect(told).to_contain_text("The one-time budget is used up")
    told.get_by_role("button", name="Raise").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(r"Raise to \$")).click()
    expect(told).not_to_be_attached()
    assert called(stack, secret)[0] == 200
