"""A key's page: why its calls are refused, what mends that, and what one may do with it."""

from __future__ import annotations

import re
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import expect

CHAT = "gpt-4o-mini"
MARKUP = "<b onclick=alert(1)>bold</b> & co"


@pytest.fixture
def made(admin):
    """Makes a key, answered with its secret."""

    def made(**body):
        answer = admin.post("/apiKey", json={"name": "A team's key", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return made


@pytest.fixture
def call(stack):
    """The status of a call with a key's secret, and the code that it was refused with."""

    def called(secret):
        answer = httpx.post(
            f"{stack.base_url}/chat/completions",
            headers={"authorization": f"Bearer {secret}"},
            json={"model": CHAT, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 50},
            timeout=60,
        )
        return answer.status_code, answer.json().get("error", {}).get("code")

    return called


@contextmanager
def dialog(page):
    """What is done in the dialog that is open, which is gone after it."""
    opened = page.get_by_role("dialog")
    expect(opened).to_be_visible()
    yield opened
    expect(opened).not_to_be_attached()


def in_menu(page, action):
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def test_one_finds_why_a_call_was_refused_raises_the_budget_and_the_next_call_passes(page_of, made, call):
    key = made(name="Newsletter", budgetLimit="0.0000001")
    assert call(key["key"]) == (200, None)
    assert call(key["key"])[1] == "budget_exhausted"

    page = page_of("operator", f"keys/{key['id']}")
    told = page.get_by_role("region", name="Calls are refused")
    expect(told).to_contain_text("The one-time budget is used up")
    told.get_by_role("button", name="Raise").click()
    with dialog(page) as raising:
        raising.get_by_label("another amount").check()
        raising.get_by_label("New limit in USD").fill("2.5")
        raising.get_by_role("button", name="Raise to $2.50").click()
    expect(told).not_to_be_attached()
    expect(page.get_by_text("Calls pass", exact=True)).to_be_visible()
    assert call(key["key"]) == (200, None)


def test_where_a_key_above_refuses_its_name_is_told_and_its_limit_raised_from_below(page_of, made, call):
    parent = made(name=MARKUP, budgetLimit="0.0000001")
    child = made(name="Below it", parentId=parent["id"])
    assert call(child["key"]) == (200, None)
    assert call(child["key"])[1] == "parent_budget_exhausted"

    page = page_of("operator", f"keys/{child['id']}")
    told = page.get_by_role("region", name="Calls are refused")
    expect(told.get_by_role("link", name=MARKUP)).to_be_visible()
    told.get_by_role("button", name="Raise").click()
    with dialog(page) as raising:
        expect(raising).to_contain_text(f"Raise a limit of {MARKUP}")
        raising.get_by_label("another amount").check()
        raising.get_by_label("New limit in USD").fill("1")
        raising.get_by_label("Until a moment").check()
        raising.get_by_role("button", name="Raise to $1.00").click()
    expect(told).not_to_be_attached()
    assert call(child["key"]) == (200, None)


def test_a_suggested_raise_takes_two_clicks(page_of, admin, made):
    key = made(budgetLimit="20")
    page = page_of("operator", f"keys/{key['id']}")
    page.get_by_role("button", name="Raise").first.click()
    with dialog(page) as raising:
        raising.get_by_role("button", name="Raise to $22.00").click()
    assert admin.get(f"/apiKey/{key['id']}").json()["budgetLimit"] == "22"


def test_of_two_who_change_the_same_the_later_one_is_told_and_either_may_stand(page_of, admin, made):
    key = made(budgetLimit="20")
    pages = [page_of(role, f"keys/{key['id']}") for role in ("operator", "owner")]
    for page, amount in zip(pages, ("25", "30"), strict=True):
        in_menu(page, "Set budget and quota")
        page.get_by_label("One-time budget in USD").fill(amount)
    first, second = pages
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("dialog")).not_to_be_attached()
    second.get_by_role("button", name="Save").click()
    conflict = second.get_by_role("dialog", name="Someone else has changed it")
    expect(conflict).to_contain_text("25")
    assert admin.get(f"/apiKey/{key['id']}").json()["budgetLimit"] == "25"
    conflict.get_by_role("button", name="Apply mine on top").click()
    expect(second.get_by_role("dialog")).not_to_be_attached()
    assert admin.get(f"/apiKey/{key['id']}").json()["budgetLimit"] == "30"


def test_a_new_secret_shows_once_and_calls(page_of, made, call):
    key = made(name="Rotating", budgetLimit="5")
    page = page_of("operator", f"keys/{key['id']}")
    in_menu(page, "Rotate the secret")
    with dialog(page) as rotating:
        rotating.get_by_role("button", name="Rotate").click()
        secret = rotating.get_by_text(re.compile(r"^sk-tg-")).inner_text()
        rotating.get_by_role("button", name="I have copied it").click()
    assert call(secret) == (200, None)
    assert call(key["key"]) == (200, None)
    expect(page.get_by_text(secret)).not_to_be_attached()


def test_revoking_is_confirmed_by_name_and_taken_back(page_of, made, call):
    key = made(name="Contractor", budgetLimit="5")
    page = page_of("operator", f"keys/{key['id']}")
    in_menu(page, "Revoke")
    with dialog(page) as revoking:
        act = revoking.get_by_role("button", name="Revoke")
        expect(act).to_be_disabled()
        revoking.get_by_role("textbox").fill("Contractor")
        act.click()
    told = page.get_by_role("region", name="Calls are refused")
    expect(told).to_contain_text("The key has been revoked")
    assert call(key["key"])[1] == "key_revoked"
    told.get_by_role("button", name="Reinstate").click()
    with dialog(page) as mending:
        mending.get_by_role("button", name="Reinstate").click()
    expect(told).not_to_be_attached()
    assert call(key["key"]) == (200, None)


def test_a_key_that_was_never_used_is_deleted_by_its_name(page_of, admin, made):
    key = made(name="By mistake")
    page = page_of("operator", f"keys/{key['id']}")
    in_menu(page, "Delete")
    with dialog(page) as deleting:
        deleting.get_by_role("textbox").fill("By mistake")
        deleting.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/console/keys$"))
    assert admin.get(f"/apiKey/{key['id']}").status_code == 404


def test_whether_a_call_of_a_model_would_pass_is_asked_without_making_it(page_of, admin, made):
    key = made(budgetLimit="5", allowedModels=["another-model"])
    page = page_of("viewer", f"keys/{key['id']}")
    page.get_by_label("Model", exact=True).fill(CHAT)
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("It would be refused.")).to_be_visible()
    expect(page.get_by_text("The model is not allowed.")).to_be_visible()
    assert admin.get(f"/apiKey/{key['id']}").json()["lastUsedAt"] is None


def test_a_viewer_sees_it_all_and_may_change_nothing(page_of, made, call):
    key = made(name="Watched", budgetLimit="0.0000001")
    call(key["key"])
    page = page_of("viewer", f"keys/{key['id']}")
    expect(page.get_by_role("region", name="Calls are refused")).to_be_visible()
    expect(page.get_by_role("button", name="Raise")).not_to_be_attached()
    page.get_by_role("button", name="More").click()
    assert page.get_by_role("menuitem").all_inner_texts() == [
        "How to call with it",
        "Bill of this month (CSV)",
        "Copy the ID",
    ]


def test_a_key_lists_those_below_it_and_shows_markup_as_text(page_of, made):
    parent = made(name=MARKUP, budgetLimit="5")
    child = made(name=MARKUP, parentId=parent["id"])
    page = page_of("viewer", f"keys/{parent['id']}?tab=children")
    expect(page.get_by_role("heading", name=MARKUP, exact=True)).to_be_visible()
    page.get_by_role("tabpanel").get_by_role("link", name=MARKUP).click()
    expect(page).to_have_url(re.compile(child["id"]))
    expect(
        page.get_by_role("navigation", name="The way here").get_by_role("link", name=MARKUP)
    ).to_be_visible()


def test_the_bill_of_the_month_is_saved(page_of, made):
    key = made(budgetLimit="5")
    page = page_of("viewer", f"keys/{key['id']}")
    with page.expect_download() as saved:
        in_menu(page, "Bill of this month (CSV)")
    assert saved.value.suggested_filename.startswith(f"bill-{key['id']}-")
