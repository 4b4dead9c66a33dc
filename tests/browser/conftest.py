"""A browser over the deployed template, and pages in it that are signed in."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.support import console_data, console_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from infra.local.stack import Stack
    from tests.support.console_pages import Role


FOLDER = Path(__file__).parent
OPEN = ExitStack()
# In seconds: a test of a dozen steps may wait at each of them on a busy machine.
LONGEST = 600

expect.set_options(timeout=console_pages.PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """No test here hangs, for whatever it waits for has an end; some take longer than others' may."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Ends the browser after this folder's last test: other tests' event loops don't run beside Playwright's.

    A fixture's scope says no such thing of a folder that is no package.
    """
    try:
        yield
    finally:
        if nextitem is None or FOLDER not in nextitem.path.parents:
            OPEN.close()
            launched.cache_clear()


@cache
def launched() -> Browser:
    return OPEN.enter_context(console_pages.launched())


@pytest.fixture(scope="module")
def browser() -> Browser:
    """One for all tests of this folder."""
    return launched()


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Iterator[httpx.Client]:
    """The owner, without a browser."""
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def tokens(stack: Stack, admin: httpx.Client) -> dict[Role, str]:
    """By role, what one signs in with."""

    def created(path: str, secret: str, **body: str) -> str:
        answer = admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()[secret])

    return {
        "owner": stack.admin_token,
        "operator": created("/admins", "token", name="An operator", role="operator"),
        "viewer": created("/admins", "token", name="A viewer", role="viewer"),
        "holder": created("/apiKey", "key", name="A holder's key", budgetLimit="10"),
    }


@pytest.fixture(scope="session")
def data(stack: Stack, admin: httpx.Client) -> console_data.ConsoleData:
    """What the pages have to show. Tests look at it, and change none of it."""
    return console_data.made(admin, stack)


@pytest.fixture
def watch() -> Iterator[console_pages.Watch]:
    """A test fails by what its pages log as an error, don't catch, or may not do by the policy."""
    watch = console_pages.Watch([])
    yield watch
    assert watch.faults == []


@pytest.fixture
def context_of(
    browser: Browser, stack: Stack, watch: console_pages.Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes contexts: storages apart from each other's. Takes what Playwright's `new_context` does."""
    made = []

    def made_with(**options: object) -> BrowserContext:
        made.append(console_pages.context_of(browser, stack.console_url, **options))
        watch.over(made[-1])
        return made[-1]

    yield made_with
    for context in made:
        context.close()


@pytest.fixture
def page(context_of: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who isn't signed in, and hasn't gone anywhere."""
    return context_of().new_page()


@pytest.fixture
def page_of(context_of: Callable[..., BrowserContext], tokens: dict[Role, str]) -> Callable[..., Page]:
    """`page_of("viewer", "keys")`: signed in by that role, and on that page, by default the first one.

    Further arguments are those of `context_of`.
    """

    def signed_in(role: Role, path: str = "./", **options: object) -> Page:
        page = context_of(**options).new_page()
        console_pages.sign_in(page, tokens[role], path)
        console_pages.settled(page)
        return page

    return signed_in


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Checks a page's accessibility as it is shown now."""
    return console_pages.require_accessible
