"""The console's pages in a browser: signed in, watched for what must not happen, and measured."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, Request, expect, sync_playwright

from infra.local.web import site_build
from infra.local.web.chromium import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, ConsoleMessage, Page

Role = Literal["viewer", "operator", "owner", "holder"]
"""An admin's role, or a key's holder."""

# How long anything on a page may take on a machine that is busy with all the other tests, in milliseconds.
PATIENCE = 60_000
WIDTHS = (390, 1024, 1680)

# By context, requests that are on their way.
_UNANSWERED: WeakKeyDictionary[BrowserContext, set[Request]] = WeakKeyDictionary()
# What stands for something that is still to come, and buttons that wait for what they began.
_BUSY = "document.querySelector('.animate-pulse, [aria-busy=true]') !== null"
_TICK, _CALM = 50, 5
_AS_IT_IS: Mapping[str, str] = MappingProxyType({})
# What follows a window's size does so before the frame after the next one.
_DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
# What a refused request leaves in the browser's console by itself. Pages are asked what they make of it.
_REFUSED = "Failed to load resource: the server responded with a status of 4"
_WATCHED = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`The policy's ${event.violatedDirective} forbids ${event.blockedURI}`));
"""
# https://www.w3.org/TR/WCAG22/, levels A and AA.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_AXE = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: { type: "tag", values: rules } });
  return violations.map(({ id, help, nodes }) =>
    [`${id}: ${help}`, ...nodes.map((each) => `    ${each.target}: ${each.failureSummary}`)].join("\\n"));
}"""


@contextmanager
def launched(environment: Mapping[str, str] = _AS_IT_IS) -> Iterator[Browser]:
    """Raises UnavailableError where there is no Chromium and none can be fetched."""
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            args=list(found.arguments),
            env={**os.environ, **found.environment, **environment},
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What happened on pages that must not happen on any."""

    faults: list[str]

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(_WATCHED)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"Nobody caught {error.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            self.faults.append(f"{message.text} ({message.location.get('url')})")


def context_of(browser: Browser, console_url: str, **options: Any) -> BrowserContext:
    """Storage of its own, in which pages' paths are the console's; in English, light, without motion."""
    settings: dict[str, Any] = {
        "base_url": console_url,
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
        "color_scheme": "light",
        "reduced_motion": "reduce",
        "viewport": {"width": 1280, "height": 900},
    }
    context = browser.new_context(**{**settings, **options})
    context.set_default_timeout(PATIENCE)
    unanswered = _UNANSWERED[context] = set[Request]()

    def is_over(request: Request) -> None:
        unanswered.discard(request)

    # Functions, for Playwright makes a note at what listens.
    context.on("request", lambda request: unanswered.add(request))  # noqa: PLW0108
    context.on("response", lambda response: is_over(response.request))
    context.on("requestfailed", is_over)
    return context


def sign_in(page: Page, token: str, path: str = "./") -> None:
    """By the form, as people do; then `path`, relative to the console, is shown. In any language."""
    page.goto(path)
    page.locator("input[type=password]").fill(token)
    page.locator("button[type=submit]").click()
    expect(page.locator("input[type=password]")).to_have_count(0, timeout=PATIENCE)


def settled(page: Page) -> None:
    """Waits until every request is answered and nothing is shown as on its way, and then a moment more.

    Not Playwright's own "networkidle", which waits for bodies that nobody reads, too.
    """
    deadline = time.monotonic() + PATIENCE / 1000
    calm = 0
    while calm < _CALM:
        if time.monotonic() > deadline:
            asked = [request.url for request in _UNANSWERED[page.context]]
            raise AssertionError(f"{page.url} does not settle; unanswered: {asked}")
        page.wait_for_timeout(_TICK)
        busy = _UNANSWERED[page.context] or page.evaluate(_BUSY)
        calm = 0 if busy else calm + 1


def require_accessible(page: Page) -> None:
    """Raises AssertionError with what axe finds wrong with the page as it is shown now."""
    # Not as a script of the page, which its policy forbids: Chromium runs what a debugger evaluates.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate((site_build.WEB / "node_modules/axe-core/axe.min.js").read_text())
    violations = page.evaluate(_AXE, _RULES)
    assert not violations, "\n".join(violations)


def in_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Shows the page as somebody sees it whose system is light or dark."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)


def require_fitting(page: Page) -> None:
    """Raises AssertionError where something on the page as it is shown now stands out, at any of WIDTHS."""
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(_DRAWN)
        wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide for {width} px"
    if before is not None:
        page.set_viewport_size(before)
