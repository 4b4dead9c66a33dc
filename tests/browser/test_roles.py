"""What each role is offered over all pages, and what happens where it tries more by hand."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled

# By page, what operators and owners are offered there.
OFFERED = {
    "keys": {"New key"},
    "keys/{blocked}": {"Raise"},
    "models": {"New model", "Import from the catalog"},
    "models/{model}": {"Change the price", "Edit", "More actions"},
    "providers": {"New provider"},
    "providers/{provider}": {"Edit", "Test", "Import from the catalog", "More actions"},
    "budget-requests": {"Approve", "Deny"},
    "alerts?tab=defaults": {"Save", "Send a test alert"},
    "admins": set(),
}
# Only owners are offered the last one.
ACTIONS = {"Add an admin"}.union(*OFFERED.values())
# With the page's own token, as somebody does who knows the API.
TRIED = """async ([path, method, body]) => {
  const { token } = JSON.parse(sessionStorage.getItem("tollgate.session"));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (await fetch(path, { method, headers, body })).status;
}"""


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("operator", True)])
def test_a_role_is_offered_on_every_page_what_it_may_do_and_nothing_else(page_of, data, role, *, may):
    page = page_of(role)
    for path, offered in OFFERED.items():
        page.goto(path.format(**asdict(data)))
        settled(page)
        within = page.get_by_role("main")
        buttons = {action: within.get_by_role("button", name=action, exact=True) for action in ACTIONS}
        shown = {action for action, button in buttons.items() if button.count()}
        assert shown == (offered if may else set()), path


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        ("viewer", "POST", "apiKey", {"name": "Not allowed"}),
        ("viewer", "PATCH", "settings", {"defaultRpmLimit": 1}),
        ("operator", "GET", "admins", None),
        ("operator", "POST", "admins", {"name": "Not allowed", "role": "owner"}),
    ],
)
def test_who_tries_more_than_their_role_may_is_refused_by_the_api(page_of, stack, role, method, path, body):
    page = page_of(role)
    sent = None if body is None else json.dumps(body)
    assert page.evaluate(TRIED, [f"{stack.admin_url}/{path}", method, sent]) == 403
    # Who is refused is still somebody.
    page.goto("keys")
    expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()
