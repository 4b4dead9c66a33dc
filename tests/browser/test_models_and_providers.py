"""Models, their prices and their providers in the console: made, imported, repriced, tested, deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from infra.local.stack import Stack

PRICE = {"inputPrice": "2", "cachedInputPrice": "0.5", "outputPrice": "8"}


def made(admin: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    answer = admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def provider(request: pytest.FixtureRequest, admin: httpx.Client, stack: Stack) -> dict[str, Any]:
    """One of a test's own, at the mock provider."""
    name = re.sub(r"[\W_]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    return made(
        admin, "/providers", name=name, type="openai", baseUrl=f"{stack.provider_url}/v1", apiKey="sk-mock"
    )


@pytest.fixture
def model(provider: dict[str, Any], admin: httpx.Client) -> dict[str, Any]:
    """One of a test's own."""
    return made(
        admin,
        "/models",
        systemName=provider["name"],
        providerId=provider["id"],
        modelType="chat",
        remoteId="<b>gpt</b> & friends",
        **PRICE,
    )


def field(within: Page | Locator, label: str) -> Locator:
    return within.get_by_label(label, exact=True)


def test_models_are_imported_from_the_catalog_with_a_preview(page_of, axe, provider, admin):
    dear = made(
        admin,
        "/models",
        systemName="mistral-embed",
        providerId=provider["id"],
        modelType="embedding",
        inputPrice="9",
    )
    page = page_of("operator", f"providers/{provider['id']}")
    page.get_by_role("button", name="Import from the catalog").click()
    dialog = page.get_by_role("dialog")
    field(dialog, "Vendor").select_option("mistral")
    settled(page)
    row = dialog.get_by_role("row").filter(has_text="mistral-embed")
    expect(row).to_contain_text("Set by hand")
    expect(row).to_contain_text("$9.00 → $0.10")
    axe(page)
    row.get_by_role("checkbox").check()
    dialog.get_by_label("Import codestral-2508").check()

    # A price that somebody has set is only replaced if one says so.
    expect(dialog.get_by_role("button", name="Import 2 models")).to_be_disabled()
    dialog.get_by_label("Replace the price that was set by hand").check()
    dialog.get_by_role("button", name="Import 2 models").click()

    expect(dialog.get_by_role("listitem").filter(has_text="codestral-2508")).to_contain_text("Created")
    expect(dialog.get_by_role("listitem").filter(has_text="mistral-embed")).to_contain_text("Price updated")
    assert admin.get(f"/models/{dear['id']}").json()["inputPrice"] == "0.1"
    dialog.get_by_role("link", name="codestral-2508").click()
    expect(page.get_by_role("heading", level=1, name="codestral-2508")).to_be_visible()
    expect(page.get_by_text("From a catalog").first).to_be_visible()


def test_a_price_is_changed_and_its_versions_say_what_was(page_of, axe, model):
    page = page_of("operator", f"models/{model['id']}")
    expect(page.get_by_role("cell", name="<b>gpt</b> & friends")).to_be_visible()
    page.get_by_role("button", name="Change the price").click()
    dialog = page.get_by_role("dialog")
    field(dialog, "Output").first.fill("a lot")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Must be an amount from 0 to 99,999")).to_be_visible()
    axe(page)
    field(dialog, "Output").first.fill("12.5")
    dialog.get_by_role("button", name="See what it would have cost").click()
    expect(dialog.get_by_text("Nothing was charged for this model in this span.")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()

    expect(page.get_by_role("dialog")).not_to_be_attached()
    changed = page.get_by_role("listitem").filter(has_text="In effect")
    expect(changed).to_contain_text(re.compile(r"Output\s*\$8\.00 → \$12\.50"))
    expect(changed).not_to_contain_text("Input")
    expect(page.get_by_role("listitem").filter(has_text="Past")).to_contain_text("First price")


def test_what_a_price_would_have_cost_is_drawn_by_day(page_of, axe, model, admin, stack):
    key = made(admin, "/apiKey", name="what-if", budgetLimit="5")
    call = {"model": model["systemName"], "messages": [{"role": "user", "content": "Hello"}]}
    answer = httpx.post(
        f"{stack.base_url}/chat/completions",
        json=call,
        headers={"authorization": f"Bearer {key['key']}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    page = page_of("viewer", f"models/{model['id']}")
    field(page, "At the price of").select_option("model:gpt-4o-mini")
    expect(page.get_by_role("img", name="What was charged, and what it would have been")).to_be_visible()
    page.get_by_role("button", name="Show as a table").click()
    expect(page.get_by_role("columnheader", name="Would have been")).to_be_visible()
    axe(page)


def test_who_meets_anothers_edit_sees_the_difference_and_decides(page_of, model, admin):
    page = page_of("operator", f"models/{model['id']}")
    page.get_by_role("button", name="Change the price").click()
    field(page.get_by_role("dialog"), "Input").first.fill("3")
    meanwhile = admin.patch(f"/models/{model['id']}", json={"inputPrice": "2.5"})
    assert meanwhile.status_code == 200
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    met = page.get_by_role("dialog", name="Someone else has changed it")
    expect(met.get_by_role("row").filter(has_text="inputPrice")).to_contain_text("2.5")
    assert admin.get(f"/models/{model['id']}").json()["inputPrice"] == "2.5"
    met.get_by_role("button", name="Apply mine on top").click()

    expect(page.get_by_role("dialog")).not_to_be_attached()
    assert admin.get(f"/models/{model['id']}").json()["inputPrice"] == "3"


def test_settings_and_alternatives_of_a_model_are_edited(page_of, axe, model, admin, provider):
    page = page_of("operator", f"models/{model['id']}")
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    field(dialog, "Context, tokens").fill("many")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Must be a whole number, or empty")).to_be_visible()
    field(dialog, "Context, tokens").fill("128000")
    dialog.get_by_role("button", name="Add an alternative").click()
    field(dialog, "Provider").last.select_option(provider["id"])
    field(dialog, "The provider's name for it").last.fill("<b>gpt</b> & friends")
    axe(page)
    dialog.get_by_role("button", name="Save").click()

    # What the API refuses is said at the field.
    expect(dialog.get_by_text("repeats the provider and remoteId of another target").first).to_be_visible()
    field(dialog, "The provider's name for it").last.fill("another")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(page.get_by_role("cell", name="another")).to_be_visible()
    shown = admin.get(f"/models/{model['id']}").json()
    assert (shown["contextLimit"], shown["alternatives"][0]["priority"]) == (128_000, 1)


def test_a_provider_is_made_tested_asked_for_its_models_and_deleted_by_name(page_of, axe, stack, admin):
    page = page_of("operator", "providers")
    page.get_by_role("button", name="New provider").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Must be a URL that begins with https://")).to_be_visible()
    axe(page)
    field(dialog, "Name").fill("console story")
    field(dialog, "Base URL").fill("http://example.com/v1")
    field(dialog, "API key").fill("sk-secret-of-a-provider")
    dialog.get_by_role("button", name="Create").click()
    # Refused by the API: plain http is for loopback alone.
    expect(field(dialog, "Base URL")).to_have_attribute("aria-invalid", "true")
    field(dialog, "Base URL").fill(f"{stack.provider_url}/v1")
    dialog.get_by_role("button", name="Create").click()

    expect(page.get_by_role("heading", level=1, name="console story")).to_be_visible()
    expect(page.get_by_text("Has a key")).to_be_visible()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("It answers")).to_be_visible()
    apis = page.get_by_role("list", name="APIs").get_by_role("listitem")
    expect(apis.filter(has_text="Messages")).to_contain_text("not one of its APIs")

    page.get_by_role("button", name="Edit", exact=True).click()
    dialog.get_by_role("button", name="State an API").click()
    field(dialog, "API").select_option("messages")
    field(dialog, "Base URL").last.fill("http://example.com")
    axe(page)
    dialog.get_by_role("button", name="Save").click()
    # Refused by the API, as the provider's own base URL was.
    expect(dialog.get_by_role("alert").filter(has_text="must begin with https://").first).to_be_visible()
    field(dialog, "Base URL").last.fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("as stated")).to_be_visible()
    page.get_by_role("button", name="Ask the provider").click()
    listed = page.get_by_role("row").filter(has_text="gpt-5.5")
    listed.get_by_role("button", name="Add gpt-5.5").click()
    expect(listed.get_by_role("link", name="gpt-5.5")).to_be_visible()
    axe(page)
    assert "sk-secret-of-a-provider" not in page.content()

    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    confirmation = page.get_by_role("dialog")
    confirmation.get_by_label("Type console story to confirm").fill("console story")
    confirmation.get_by_role("button", name="Delete the provider").click()
    expect(confirmation.get_by_text("still serves 1 model: gpt-5.5")).to_be_visible()
    (added,) = [
        each
        for each in admin.get("/models", params={"search": "gpt-5.5"}).json()["data"]
        if each["systemName"] == "gpt-5.5"
    ]
    assert admin.delete(f"/models/{added['id']}").status_code == 204
    confirmation.get_by_role("button", name="Delete the provider").click()
    expect(page).to_have_url(re.compile(r"/providers$"))
    expect(page.get_by_role("link", name="console story")).not_to_be_attached()


def test_a_model_without_a_price_is_found_and_created_by_its_name(page_of, provider, admin):
    made(admin, "/models", systemName="unpriced-of-the-story", providerId=provider["id"], modelType="chat")
    page = page_of("operator", f"models?provider={provider['id']}")
    page.get_by_label("Only without a price").check()
    expect(page.get_by_role("link", name="unpriced-of-the-story")).to_be_visible()
    expect(page.get_by_text("No price", exact=True)).to_be_visible()
    assert "unpriced=true" in page.url
    page.get_by_role("button", name="New model").click()
    dialog = page.get_by_role("dialog")
    field(dialog, "Name").fill("unpriced-of-the-story")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("is already taken").first).to_be_visible()
    field(dialog, "Name").fill("priced-of-the-story")
    field(dialog, "Input").fill("1")
    field(dialog, "Output").fill("2")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1, name="priced-of-the-story")).to_be_visible()
