"""People sign in at an issuer, in a browser: from the button to the page where they were, and out again."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from playwright.sync_api import expect

from tests.support.console_pages import require_fitting, settled
from tests.support.fresh_environments import end_environments
from tests.support.oidc_issuer import CLIENT_ID, Issuer, issuing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

BUTTON = "Sign in with Example"
OUT = "Sign out"
# For new environments to start.
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def issuer(stack: Stack) -> Iterator[Issuer]:
    """The stack takes its tokens, and the console leads to it, for the tests of this module."""
    client = boto3.client(
        "ssm",
        endpoint_url=stack.aws_endpoint_url,
        region_name=stack.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    (name,) = (
        each["Name"] for each in client.describe_parameters()["Parameters"] if "OidcSettings" in each["Name"]
    )
    before = client.get_parameter(Name=name)["Parameter"]["Value"]
    with issuing() as made:
        told = {"issuer": made.url, "clientId": CLIENT_ID, "name": "Example", "operators": "ops"}
        try:
            client.put_parameter(Name=name, Value=json.dumps({**json.loads(before), **told}), Overwrite=True)
            await_issuer(stack, made.url)
            yield made
        finally:
            client.put_parameter(Name=name, Value=before, Overwrite=True)
            await_issuer(stack, None)


def await_issuer(stack: Stack, url: str | None) -> None:
    """Until the console and the admin API know of it, in environments that never knew of another one."""
    # Those that there are would remember what they have read for a minute, each for its own.
    end_environments(stack, "tollgate_console.handler", "AdminFunction")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (known := known_issuer(stack)) != url:
        assert time.monotonic() < deadline, f"the console knows {known}"
        time.sleep(0.1)


def known_issuer(stack: Stack) -> str | None:
    """A word instead while no environment answers."""
    answer = httpx.get(f"{stack.console_url}config.json", timeout=60)
    if answer.status_code != HTTPStatus.OK:
        return answer.text
    oidc = answer.json()["oidc"]
    return None if oidc is None else str(oidc["issuer"])


def sign_in_at_issuer(page, email="ann@example.com", groups="ops"):
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Groups").fill(groups)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_who_signs_in_at_the_issuer_goes_on_where_they_were(page, issuer):
    page.goto("audit?action=key.create")
    sign_in_at_issuer(page)
    expect(page.get_by_text("ann@example.com")).to_be_attached()
    settled(page)
    assert urlsplit(page.url).path.endswith("/console/audit")
    assert "action=key.create" in page.url
    kept = page.evaluate("() => JSON.stringify({...sessionStorage})")
    assert "code_verifier" not in kept
    assert "tollgate.signing-in" not in kept
    page.reload()
    expect(page.get_by_role("button", name=OUT)).to_be_attached()
    # What only owners may see is not offered.
    expect(page.get_by_role("link", name="Admins")).not_to_be_attached()


def test_a_code_stays_in_no_url_and_no_history(page, issuer):
    page.goto("keys")
    sign_in_at_issuer(page)
    expect(page.get_by_role("button", name=OUT)).to_be_attached()
    settled(page)
    assert "code=" not in page.url
    page.go_back()
    settled(page)
    assert "code=" not in page.url or issuer.url in page.url


def test_signing_out_ends_the_issuers_session_and_leads_back(page, issuer):
    page.goto("./")
    sign_in_at_issuer(page)
    page.get_by_role("button", name=OUT).click()
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    settled(page)
    assert issuer.ended
    assert issuer.ended[-1].endswith("/console/")
    assert "tollgate.session" not in page.evaluate("() => JSON.stringify({...sessionStorage})")


def test_who_changes_their_mind_or_has_no_role_is_told_so(page, issuer):
    page.goto("./")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The user said no")).to_be_visible()
    page.get_by_role("link", name="Back to the sign-in page").click()
    sign_in_at_issuer(page, groups="nobody")
    expect(page.get_by_text("the claim groups of your ID token gives no role here")).to_be_visible()
    expect(page.get_by_role("button", name=OUT)).not_to_be_attached()


def test_an_answer_that_nobody_asked_for_signs_nobody_in(page, issuer):
    asked = len(issuer.requests)
    page.goto("sign-in/callback?state=forged&code=stolen")
    expect(page.get_by_text("This sign-in was begun in another tab")).to_be_visible()
    assert page.url.endswith("/console/sign-in/callback")
    assert len(issuer.requests) == asked


def test_a_sessions_end_is_told_before_it_comes_and_signs_out_then(page, issuer):
    page.clock.install()
    page.goto("keys")
    sign_in_at_issuer(page)
    expect(page.get_by_role("button", name=OUT)).to_be_attached()
    expect(page.get_by_text("Your session ends soon")).not_to_be_attached()
    page.clock.fast_forward((issuer.lifetime - 200) * 1000)
    expect(page.get_by_text("Your session ends soon")).to_be_visible()
    page.clock.fast_forward(201 * 1000)
    expect(page.get_by_text("your session has ended")).to_be_visible()
    assert page.url.endswith("/console/keys")


def test_the_page_with_the_issuers_button_is_for_everyone(page, issuer, axe):
    page.goto("./")
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
    axe(page)
    page.get_by_text("Where do I find a token?").click()
    axe(page)
    require_fitting(page)
