"""Who signs in sees what is theirs, and the token is nowhere that it could be found again."""

from __future__ import annotations

import json
from urllib.parse import unquote

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_data import MARKUP
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


def test_signing_out_forgets(page_of, tokens, data):
    page = page_of("viewer", f"keys/{data.key}")
    expect(page.get_by_role("heading", name=MARKUP, level=1)).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    settled(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label(TOKEN)).to_be_visible()
    assert tokens["viewer"] not in str(kept(page))
    assert page.evaluate("sessionStorage.length") == 0
    page.go_back()
    expect(page.get_by_label(TOKEN)).to_be_visible()
    assert page.url.endswith(data.key)
    assert "<b>co</b>" not in page.locator("body").inner_text()
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


@pytest.mark.parametrize("role", ["owner", "holder"])
def test_the_token_is_sent_to_the_stacks_own_apis_and_is_nowhere_else(context_of, stack, tokens, role):
    requests, told = [], []
    context = context_of()
    page = context.new_page()
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it makes a note there
    page.on("console", lambda message: told.append(message.text))
    sign_in(page, tokens[role], "./")
    settled(page)
    # With an error on the way, and what is told of it.
    page.goto("keys/key_0123456789abcdef")
    settled(page)
    for link in page.get_by_role("navigation").get_by_role("link").all():
        link.click()
        settled(page)
        told += [page.content(), page.title(), page.url]
    local, _, cookies, _ = kept(page)
    told += [str(local), cookies, str(context.cookies())]
    assert not [text for text in told if tokens[role] in unquote(text)]
    assert len(requests) > 5
    for request in requests:
        assert request.url.startswith(stack.api_url)
        assert tokens[role] not in unquote(request.url)
        is_api = request.url.startswith((stack.admin_url, stack.base_url))
        assert ("authorization" in request.all_headers()) == is_api, request.url


def test_whose_browser_is_chinese_signs_in_and_reads_in_chinese(context_of, tokens):
    page = context_of(locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    page.goto("keys")
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
    sign_in(page, tokens["viewer"], "keys")
    expect(page.get_by_role("heading", name="密钥", level=1)).to_be_visible()
    page.get_by_role("combobox", name="语言").select_option(label="English")
    expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()
    # The choice is the browser's from then on.
    page.reload()
    expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()


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
