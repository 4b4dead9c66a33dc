"""Who signs in sees what is theirs, and the token is nowhere that it could be found again."""

from __future__ import annotations

import json
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_pages import settled, sign_in

# What the page that one sees first may weigh, compressed, with everything that it needs.
MOST_BYTES = 250_000
TOKEN = "Admin token or client key"
KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, document.URL])"


def kept(page):
    local, session, cookies, url = json.loads(page.evaluate(KEPT))
    return local, session, cookies, url


@pytest.mark.parametrize("role", ["owner", "operator", "viewer", "holder"])
def test_everyone_signs_in_with_what_they_have(page_of, tokens, role):
    page = page_of(role)
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_label(TOKEN)).not_to_be_attached()
    local, session, cookies, url = kept(page)
    assert json.loads(session["tollgate.session"])["token"] == tokens[role]
    assert local.keys() <= {"tollgate.language", "tollgate.theme"}
    assert tokens[role] not in unquote(url)
    assert cookies == ""
    assert page.context.cookies() == []


def test_a_kept_session_outlasts_a_reload_and_is_its_tabs_own(page_of):
    page = page_of("viewer", "keys")
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_attached()
    other = page.context.new_page()
    other.goto("./")
    expect(other.get_by_label(TOKEN)).to_be_visible()


def test_a_token_that_is_not_to_be_kept_is_in_memory_alone(page, tokens):
    page.goto("./")
    page.get_by_label(TOKEN).fill(tokens["viewer"])
    page.get_by_label("Stay signed in").uncheck()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_attached()
    assert tokens["viewer"] not in str(kept(page))
    page.reload()
    expect(page.get_by_label(TOKEN)).to_be_visible()


def test_signing_out_forgets(page_of, tokens):
    page = page_of("viewer")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label(TOKEN)).to_be_visible()
    assert tokens["viewer"] not in str(kept(page))
    page.goto("keys")
    expect(page.get_by_label(TOKEN)).to_be_visible()


def test_a_wrong_token_is_refused_with_a_word_and_kept_nowhere(page):
    page.goto("./")
    page.get_by_label(TOKEN).fill("tgadm-no-such-token")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Tollgate doesn't know this token")).to_be_visible()
    assert "no-such-token" not in str(kept(page))


def test_a_deep_link_leads_to_its_page_once_one_is_signed_in(page, tokens):
    sign_in(page, tokens["viewer"], "keys/key_0123456789abcdef")
    settled(page)
    assert page.url.endswith("/console/keys/key_0123456789abcdef")


def test_the_token_is_sent_to_the_stacks_own_apis_and_to_nobody_else(page_of, stack, tokens):
    requests = []
    page = page_of("owner")
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it makes a note there
    page.reload()
    settled(page)
    assert requests
    for request in requests:
        assert request.url.startswith(stack.api_url)
        assert tokens["owner"] not in unquote(request.url)
        is_api = request.url.startswith((stack.admin_url, stack.base_url))
        assert ("authorization" in request.all_headers()) == is_api, request.url


def test_the_first_page_with_all_that_it_needs_is_small(page_of):
    page = page_of("viewer")
    weights = page.evaluate(
        """() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
             .filter((each) => new URL(each.name).pathname.includes("/console/"))
             .map((each) => [each.name, each.encodedBodySize])"""
    )
    assert len(weights) > 2
    assert sum(weight for _, weight in weights) <= MOST_BYTES, weights


def test_the_policy_holds_against_a_script_and_a_style_in_the_page(page, watch):
    """So the tests would notice: whatever a page does against its policy fails them."""
    page.goto("./")
    assert "script-src 'self'" in httpx.get(page.url).headers["content-security-policy"]
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.broken = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.broken = true'>");
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.head.append(style);
        }"""
    )
    settled(page)
    assert page.evaluate("window.broken") is None
    expect(page.get_by_label(TOKEN)).to_be_visible()
    assert {fault.split()[2] for fault in watch.faults if fault.startswith("The policy's")} == {
        "script-src-elem",
        "script-src-attr",
        "style-src-elem",
    }
    watch.faults.clear()
