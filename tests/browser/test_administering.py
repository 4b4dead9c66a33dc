"""The stack's settings and its admins, by those who may change them."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

CONFLICT = "Someone else has changed it"


@pytest.fixture
def _settings_as_before(admin):
    yield
    admin.patch("/settings", json={"defaultRpmLimit": None, "defaultTpmLimit": None})


@pytest.mark.usefixtures("_settings_as_before")
def test_an_edit_of_settings_meets_another_ones_and_is_asked_about_it(page_of, admin):
    page = page_of("operator", "settings")
    page.get_by_label("Requests per minute").fill("70")
    admin.patch("/settings", json={"defaultRpmLimit": 60, "defaultTpmLimit": 5000})
    page.get_by_role("button", name="Save").click()
    told = page.get_by_role("dialog", name=CONFLICT)
    expect(told.get_by_role("row", name="Requests per minute")).to_contain_text("6070")
    told.get_by_role("button", name="Apply mine on top").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    stored = admin.get("/settings").json()
    assert (stored["defaultRpmLimit"]["value"], stored["defaultTpmLimit"]["value"]) == (70, 5000)
    page.get_by_role("button", name="Back to the default").first.click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert admin.get("/settings").json()["defaultRpmLimit"]["source"] == "product"


def test_whoever_leaves_with_something_unsaved_is_asked_first(page_of):
    page = page_of("operator", "settings")
    page.get_by_label("Expiry").fill("30")
    page.get_by_role("link", name="Keys").click()
    page.get_by_role("button", name="Stay here").click()
    expect(page.get_by_label("Expiry")).to_have_value("30")
    page.get_by_role("link", name="Keys").click()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()


def test_a_viewer_can_change_no_setting(page_of):
    page = page_of("viewer", "settings")
    expect(page.get_by_label("Parallel requests")).to_be_disabled()
    expect(page.get_by_text("Changing them takes the role operator")).to_be_visible()


def test_an_owner_adds_an_admin_with_a_token_that_is_shown_once_and_revokes_them(page_of, stack):
    page = page_of("owner", "admins")
    page.get_by_role("button", name="Add an admin").click()
    page.get_by_label("Name").fill("<i>Auditor</i>")
    page.get_by_role("button", name="Create").click()
    token = page.get_by_role("dialog").locator("pre").first.inner_text()
    headers = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{stack.admin_url}/admins/me", headers=headers, timeout=60).json()["role"] == "viewer"
    page.get_by_role("button", name="I have copied it").click()
    assert token not in page.content()

    page.get_by_role("button", name="Actions for <i>Auditor</i>").click()
    page.get_by_role("menuitem", name="Revoke").click()
    revoke = page.get_by_role("dialog").get_by_role("button", name="Revoke")
    page.get_by_role("dialog").get_by_role("textbox").fill("Auditor")
    expect(revoke).to_be_disabled()
    page.get_by_role("dialog").get_by_role("textbox").fill("<i>Auditor</i>")
    revoke.click()
    row = page.get_by_role("row", name="<i>Auditor</i>")
    expect(row).to_contain_text("Revoked")
    assert httpx.get(f"{stack.admin_url}/admins/me", headers=headers, timeout=60).status_code == 401


def test_only_owners_are_led_to_admins(page_of):
    page = page_of("operator", "admins")
    expect(page.get_by_text("Only owners see and manage admins.")).to_be_visible()
    expect(page.get_by_role("link", name="Admins")).not_to_be_attached()
