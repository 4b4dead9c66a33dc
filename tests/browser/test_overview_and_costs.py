"""What was spent stands on the overview and in the explorer as the API has it, and leads to its requests."""

from __future__ import annotations

import csv
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = '<img src=x onerror="window.broken = true"> & Search'
# For the stream, and for what gathers its records.
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def spent(stack, admin) -> dict[str, Any]:
    """A key that has called, once its costs are in the sums."""
    key = admin.post("/apiKey", json={"name": NAME, "budgetLimit": "5", "ownerEmail": "search@example.com"})
    assert key.status_code == 201, key.text
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"authorization": f"Bearer {key.json()['key']}"}
    for _ in range(3):
        answer = httpx.post(f"{stack.base_url}/chat/completions", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
    key_id = key.json()["id"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        (row,) = admin.get("/costs/by-key", params={"keyId": key_id}).json()["data"] or [{"requests": 0}]
        if row["requests"] == 3:
            return {"key_id": key_id, **row}
        assert time.monotonic() < deadline, "the calls are in no sums"
        time.sleep(0.5)


def asked(page: Page) -> dict[str, str]:
    """What the page's URL says, by name."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def main(page: Page) -> Any:
    return page.get_by_role("main")


def test_the_overview_says_what_was_spent_and_who_spent_it(page_of, spent):
    page = page_of("viewer")
    # What the page was told: other tests' calls may come into the sums at any time.
    with page.expect_response(re.compile("/costs/outlook")) as told:
        page.reload()
    outlook = told.value.json()
    amount = main(page).get_by_title(f"{outlook['thisMonth']['cost']} USD").first
    expect(amount).to_be_visible()
    link = main(page).get_by_role("link", name=NAME).first
    expect(link).to_have_attribute("href", re.compile(f"/keys/{spent['key_id']}$"))
    expect(main(page).get_by_role("link", name="Blocked")).to_have_attribute(
        "href", re.compile("budgetState=exhausted")
    )
    assert page.evaluate("window.broken") is None


def test_what_the_explorer_shows_stands_in_its_url(page_of, spent):
    page = page_of("viewer", "costs")
    page.get_by_label("Group by").select_option("Model")
    page.get_by_label("Metric").select_option("Requests")
    page.get_by_role("button", name="30 days").click()
    settled(page)
    assert asked(page) == {"group": "model", "metric": "requests", "preset": "30d"}
    page.reload()
    settled(page)
    expect(page.get_by_label("Group by")).to_have_value("model")
    expect(page.get_by_role("button", name="30 days")).to_have_attribute("aria-pressed", "true")
    main(page).get_by_role("button", name="Show only gpt-4o-mini", exact=True).click()
    settled(page)
    assert asked(page)["model"] == "gpt-4o-mini"
    expect(main(page).get_by_role("link", name=NAME, exact=True)).to_be_visible()


def test_a_url_that_nobody_wrote_shows_this_month(page_of, spent):
    page = page_of("viewer", 'costs?metric=profit&from=2026-02-30&to=x&keyId=<script>&group=["key"]')
    expect(page.get_by_role("button", name="This month")).to_have_attribute("aria-pressed", "true")
    expect(main(page).get_by_role("alert")).not_to_be_attached()


def test_a_chart_is_gone_through_by_keyboard_and_leads_to_the_requests(page_of, spent):
    page = page_of("viewer", f"costs?keyId={spent['key_id']}&group=model&metric=requests")
    chart = main(page).get_by_role("group", name="Requests by model and day")
    chart.focus()
    page.keyboard.press("End")
    expect(chart.locator("[aria-live]")).to_contain_text("gpt-4o-mini 3")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/requests?**")
    filters = asked(page)
    assert filters["from"] == filters["to"]
    assert (filters["keyId"], filters["model"]) == (spent["key_id"], "gpt-4o-mini")


def test_behind_a_chart_is_a_table_and_a_file_of_the_same_figures(page_of, admin, spent):
    page = page_of("viewer", f"costs?keyId={spent['key_id']}&group=key&metric=totalTokens")
    page.get_by_role("button", name="Show as a table").click()
    last = page.get_by_role("region", name="Tokens by key and day").get_by_role("row").last
    expect(last).to_contain_text(f"{spent['totalTokens']:,}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="All by key as CSV").click()
    with waiting.value.path().open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["keyId"], row["cost"]) == (spent["key_id"], spent["cost"])


def test_a_bill_is_found_by_the_keys_name_and_comes_as_a_file(page_of, spent):
    page = page_of("viewer", "costs/bills")
    page.get_by_role("combobox", name="Name, id, owner").fill("search@example.com")
    page.get_by_role("option", name=NAME).click()
    settled(page)
    assert asked(page)["keyId"] == spent["key_id"]
    expect(main(page).get_by_title(f"{spent['cost']} USD").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Bill as CSV").click()
    assert waiting.value.suggested_filename.startswith(f"bill-{spent['key_id']}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="FOCUS file of the month").click()
    assert waiting.value.suggested_filename.startswith("focus-")
