"""Every page is for everyone: light and dark, English and Chinese, on a phone and on a wide screen."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest
from playwright.sync_api import expect

from infra.local.web import site_build
from tests.support.console_data import MARKUP
from tests.support.console_pages import Watch, context_of, in_scheme, require_fitting, settled, sign_in

FEATURES = site_build.WEB / "src/features"
# By page, whether it shows something that somebody has called what looks like a page's markup.
PAGES = {
    "./": True,
    "costs": True,
    "costs?group=model&metric=requests": False,
    "costs/bills?keyId={key}": True,
    "keys": True,
    "keys/{blocked}": True,
    "keys/{blocked}?tab=spend": True,
    "keys/{key}?tab=children": True,
    "keys/{blocked}?tab=alerts": True,
    "keys/{blocked}?tab=requests": True,
    "keys/{blocked}?tab=audit": True,
    "keys/{key}?tab=settings": True,
    "requests": True,
    "requests/{request}": True,
    "models": False,
    "models/{model}": True,
    "providers": False,
    "providers/{provider}": False,
    "budget-requests": True,
    "alerts": True,
    "alerts?tab=defaults": False,
    "audit": True,
    "settings": False,
    "admins": False,
}
HOLDERS = {"me": True, "me?tab=keys": True, "me?tab=limits": True, "me?tab=use": False}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def owners_page(browser, stack, tokens):
    """A page of an owner's in one browser's context for all tests here: it has loaded the console once."""
    watch = Watch([])
    context = context_of(browser, stack.console_url)
    watch.over(context)
    page = context.new_page()
    sign_in(page, tokens["owner"])
    settled(page)
    yield page, watch
    context.close()


@pytest.fixture
def show(owners_page):
    """Shows the owner a page as to somebody who has chosen nothing yet."""
    page, watch = owners_page

    def shown(path):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate("localStorage.clear()")
        page.goto(path)
        settled(page)
        return page

    yield shown
    faults, watch.faults[:] = list(watch.faults), []
    assert faults == []


def for_everyone(page, axe):
    """In English and light, then in Chinese and dark."""
    axe(page)
    require_fitting(page)
    # Where there is room, the choice is beside the page.
    page.set_viewport_size({"width": 1680, "height": 900})
    page.get_by_role("combobox", name="Language").select_option(label="中文")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    in_scheme(page, "dark")
    settled(page)
    axe(page)
    require_fitting(page)


def shows_markup_as_text(page, *, shows):
    if shows:
        expect(page.get_by_role("main").get_by_text(MARKUP).locator("visible=true").first).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.evaluate("window.broken") is None


@pytest.mark.parametrize(("path", "shows"), PAGES.items())
def test_a_page_of_administrators_is_for_everyone(show, axe, data, path, *, shows):
    page = show(path.format(**asdict(data)))
    shows_markup_as_text(page, shows=shows)
    for_everyone(page, axe)
    expect(page.get_by_role("navigation").first).to_contain_text("预算申请")
    expect(page.get_by_role("main")).to_contain_text(CHINESE)


@pytest.mark.parametrize(("path", "shows"), HOLDERS.items())
def test_a_holders_page_is_for_everyone(page, axe, data, path, *, shows):
    sign_in(page, data.secret, path)
    settled(page)
    shows_markup_as_text(page, shows=shows)
    for_everyone(page, axe)
    expect(page.get_by_role("main")).to_contain_text(CHINESE)


@pytest.mark.parametrize("path", ["./", "sign-in/callback?error=access_denied", "no-such-page"])
def test_a_page_of_nobody_in_particular_is_for_everyone(page, axe, path):
    page.goto(path)
    settled(page)
    axe(page)
    require_fitting(page)
    if path == "./":
        for_everyone(page, axe)


def test_no_page_is_missing_here():
    """Routes are where features say so."""
    ids = {"{key}": "keyId", "{blocked}": "keyId", "{request}": "requestId"}
    ids |= {"{model}": "modelId", "{provider}": "providerId"}
    routes = {
        path.strip("/").replace("$", "")
        for file in FEATURES.glob("*/routes.tsx")
        for path in re.findall(r'path: "([^"]*)"', file.read_text())
    }
    here = {path.split("?")[0].removeprefix("./") for path in (*PAGES, *HOLDERS)}
    assert {re.sub(r"{\w+}", lambda found: ids[found[0]], path) for path in here} == routes
