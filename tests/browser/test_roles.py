"""What each role is offered over all pages, and what happens where it tries more by hand."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled

# By page, what is offered there to whom, and to all above them.
OFFERED = {
    "keys": {"operator": {"New key"}},
    "keys/{blocked}": {"operator": {"Raise"}},
    "models": {"operator": {"New model", "Import from the catalog"}},
    "models/{model}": {"operator": {"Change the price", "Edit", "More actions"}},
    "providers": {"operator": {"New provider"}},
    "providers/{provider}": {"operator": {"Edit", "Test", "Import from the catalog", "More actions"}},
    "budget-requests": {"operator": {"Approve", "Deny"}},
    "alerts": {"operator": {"Send a test alert"}},
    "alerts?tab=defaults": {"operator": {"Save"}},
    "settings": {"operator": {"Save"}},
    "admins": {"owner": {"Add an admin"}},
}
ACTIONS = {action for offers in OFFERED.values() for actions in offers.values() for action in actions}
RANKS = ("viewer", "operator", "owner")
# With the page's own token, as somebody does who knows the API.
TRIED = """async ([path, method, body]) => {
  const { token } = JSON.parse(sessionStorage.getItem("tollgate.session"));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return (await fetch(path, { method, headers, body })).status;
}"""


@pytest.mark.parametrize("role", RANKS)
def test_a_role_is_offered_on_every_page_what_it_may_do_and_nothing_else(page_of, data, role):
    page = page_of(role, "keys")
    mine = RANKS[: RANKS.index(role) + 1]
    for path, offers in OFFERED.items():
        page.goto(path.format(**asdict(data)))
        settled(page)
        within = page.get_by_role("main")
        buttons = {action: within.get_by_role("button", name=action, exact=True) for action in ACTIONS}
        shown = {action for action, button in buttons.items() if button.count()}
        expected = set().union(*(actions for least, actions in offers.items() if least in mine))
        assert shown == expected, path


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
