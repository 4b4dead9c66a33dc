"""Requests, alerts and the audit: what one finds there, who may do what, and why a call was refused."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from infra.local.seed import DEMO_MODEL
from tests.support.console_pages import settled

MARKED_UP = "<b>Marked</b> <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def calls(stack, admin):
    """A key that keeps bodies and has made a call, and one whose call was refused: ids of both calls."""
    made = admin.post("/apiKey", json={"name": MARKED_UP, "keepBodies": True, "budgetLimit": "5"}).json()
    blocked = admin.post("/apiKey", json={"name": "Blocked service", "budgetLimit": "0"}).json()

    def call(key):
        body = {"model": DEMO_MODEL, "messages": [{"role": "user", "content": "Where is my order?"}]}
        headers = {"authorization": f"Bearer {key['key']}"}
        answer = httpx.post(f"{stack.base_url}/chat/completions", headers=headers, json=body, timeout=60)
        return answer.status_code, answer.headers["x-request-id"]

    (status, served), (refused_with, refused) = call(made), call(blocked)
    assert (status, refused_with) == (200, 429)
    return {"served": served, "refused": refused, "key": made["id"], "blocked": blocked["id"]}


def test_a_request_is_found_with_its_bill_its_key_and_its_bodies(page_of, calls):
    page = page_of("operator", f"requests?keyId={calls['key']}")
    page.get_by_role("table").get_by_role("row").nth(1).get_by_role("link").first.click()
    settled(page)

    assert page.url.endswith(f"/requests/{calls['served']}")
    bill = page.get_by_role("region", name="Bill")
    expect(bill.get_by_role("cell", name="Input", exact=True)).to_be_visible()
    expect(bill.get_by_role("cell", name="Output", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=MARKED_UP)).to_be_visible()
    page.get_by_role("button", name="Show bodies").click()
    expect(page.get_by_text("Where is my order?")).to_be_visible()


def test_a_viewer_is_not_offered_bodies_and_test_alerts(page_of, calls):
    page = page_of("viewer", f"requests/{calls['served']}")
    expect(page.get_by_role("region", name="Bill")).to_be_visible()
    expect(page.get_by_role("button", name="Show bodies")).not_to_be_attached()
    page.goto("alerts")
    settled(page)
    expect(page.get_by_role("button", name="Send a test alert")).not_to_be_attached()
    page.get_by_role("tab", name="Defaults").click()
    settled(page)
    expect(page.get_by_role("button", name="Save")).not_to_be_attached()
    expect(page.get_by_label("Forecast days ahead")).to_be_disabled()


def test_whoever_has_the_id_of_a_refused_call_finds_out_why(page_of, calls):
    page = page_of("viewer", f"requests/{calls['refused']}")
    expect(page.get_by_text("There is no record of this request")).to_be_visible()
    page.get_by_label("Key").fill("Blocked serv")
    page.get_by_role("option", name="Blocked service").click()
    page.get_by_role("button", name="Ask the gateway").click()

    expect(page.get_by_text("the key's budget is used up")).to_be_visible()
    page.get_by_role("link", name="Blocked service").click()
    settled(page)
    assert page.url.endswith(f"/keys/{calls['blocked']}")


def test_filters_stay_in_the_url_and_say_so_where_nothing_matches(page_of, calls):
    page = page_of("viewer", "requests")
    page.get_by_label("Outcome").select_option(label="Abandoned")
    settled(page)
    assert "outcome=abandoned" in page.url
    expect(page.get_by_text("No request matches")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Outcome")).to_have_value("abandoned")


def test_an_export_is_downloaded_with_all_rows(page_of, calls):
    page = page_of("viewer", f"requests?keyId={calls['key']}")
    page.evaluate("delete window.showSaveFilePicker")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download").click()
    assert downloaded.value.suggested_filename.endswith(".csv")
    lines = downloaded.value.path().read_text().splitlines()
    assert calls["served"] in lines[1]
    expect(page.get_by_text("Done. 1 rows")).to_be_visible()


def test_the_audit_shows_before_and_after_and_names_as_text(page_of, admin, calls):
    admin.put(f"/apiKey/{calls['key']}/budget", json={"budgetLimit": "7.25"}).raise_for_status()
    page = page_of("viewer", f"audit?entity={calls['key']}")
    raised = page.get_by_role("listitem").filter(has_text="Budget raised")
    expect(raised.get_by_role("link", name=MARKED_UP)).to_be_visible()
    raised.get_by_role("button", name="Show what differs").click()
    expect(raised.get_by_role("row", name="budgetLimit")).to_contain_text("7.25")


def test_alert_defaults_that_someone_else_has_changed_are_compared(page_of, admin):
    page = page_of("operator", "alerts?tab=defaults")
    page.get_by_label("Forecast days ahead").fill("12")
    stored = admin.get("/alerts/defaults").json()
    admin.put("/alerts/defaults", json={**stored, "debounceSeconds": 1800}).raise_for_status()
    page.get_by_role("button", name="Save").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("debounceSeconds")
    dialog.get_by_role("button", name="Apply mine on top").click()
    expect(dialog).not_to_be_attached()
    settled(page)
    assert admin.get("/alerts/defaults").json()["forecastDays"] == 12
