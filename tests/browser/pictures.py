"""python -m tests.browser.pictures [console] [terminal] [STACK.json]: takes the pictures in docs/pictures.

Those of the console's pages, those of terminals, or both; on a stack of its own, on which the demo company
lives, or on a running one on which it does already.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from infra.demo import company
from infra.local.environment import ROOT
from infra.local.free_ports import Ports
from infra.local.stack import Stack, running
from tests.browser import terminal_pictures, terminal_scenes
from tests.support import console_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.support.console_pages import Role

PICTURES = ROOT / "docs/pictures"
# All of them together: a checkout fetches each version that there ever was.
MOST_BYTES = 3_000_000
# In pixels. What is longer than that, a reader wouldn't look at.
_WIDE, _PHONE, _LONGEST = 1440, 390, 1500
_QUALITY = 80
# What the pages show one of: a key with much to see, and a model with versions of its prices.
_KEY, _MODEL = "Checkout team", "gpt-4.1"
# How the names of pictures of terminals begin.
_TERMINAL = "terminal-"


@dataclass(frozen=True)
class Picture:
    """`path` has names for ids: `{key}`, `{model}`, `{request}`."""

    name: str
    path: str
    role: Role = "owner"
    width: int = _WIDE
    options: dict[str, Any] = field(default_factory=dict)


_DARK = {"color_scheme": "dark"}
_CHINESE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
TAKEN = (
    Picture("overview", "./"),
    Picture("overview-dark", "./", options=_DARK),
    Picture("overview-phone", "./", width=_PHONE),
    Picture("overview-chinese", "./", options=_CHINESE),
    Picture("costs", "costs"),
    Picture("costs-dark", "costs", options=_DARK),
    Picture("keys", "keys"),
    Picture("keys-phone-dark", "keys", width=_PHONE, options=_DARK),
    Picture("key", "keys/{key}"),
    Picture("key-chinese", "keys/{key}", options=_CHINESE),
    Picture("requests", "requests"),
    Picture("request", "requests/{request}"),
    Picture("models", "models"),
    Picture("model", "models/{model}"),
    Picture("providers", "providers"),
    Picture("budget-requests", "budget-requests"),
    Picture("alerts", "alerts"),
    Picture("audit", "audit"),
    Picture("settings", "settings"),
    Picture("admins", "admins"),
    Picture("holder", "me", role="holder"),
    Picture("holder-phone", "me", role="holder", width=_PHONE),
)


def main(arguments: list[str]) -> None:
    parts = [each for each in arguments if each in _PARTS] or list(_PARTS)
    with _stack([each for each in arguments if each not in _PARTS]) as (stack, holder):
        PICTURES.mkdir(parents=True, exist_ok=True)
        for part in parts:
            taken = dict(_PARTS[part](stack, holder))
            for old in PICTURES.glob("*.webp"):
                if old.name.startswith(_TERMINAL) == (part == "terminal"):
                    old.unlink()
            for name, picture in taken.items():
                (PICTURES / f"{name}.webp").write_bytes(picture)
    there = list(PICTURES.iterdir())
    weight = sum(path.stat().st_size for path in there)
    print(f"{len(there)} pictures, {weight / 1e6:.2f} MB")
    if weight > MOST_BYTES:
        sys.exit(f"That is more than {MOST_BYTES / 1e6} MB.")


def _console(stack: Stack, holder: str) -> Iterator[tuple[str, bytes]]:
    ids = _ids(stack)
    tokens = {"owner": stack.admin_token, "holder": holder}
    with console_pages.launched() as browser:
        for picture in TAKEN:
            print(picture.name, flush=True)
            yield picture.name, _take(browser, stack, picture, tokens[picture.role], ids)


def _terminals(stack: Stack, _holder: str) -> Iterator[tuple[str, bytes]]:
    with console_pages.launched(terminal_pictures.FONTS) as browser:
        for scene in terminal_scenes.SCENES:
            print(f"{_TERMINAL}{scene.name}", flush=True)
            page = terminal_pictures.page_of(browser, stack, scene)
            yield f"{_TERMINAL}{scene.name}", _webp(page)
            page.context.close()


_PARTS: dict[str, Callable[[Stack, str], Iterator[tuple[str, bytes]]]] = {
    "console": _console,
    "terminal": _terminals,
}


@contextmanager
def _stack(arguments: list[str]) -> Iterator[tuple[Stack, str]]:
    """A stack with the company, and the key of one who signs in as its holder."""
    if arguments:
        stack = Stack(**json.loads(Path(arguments[0]).read_text()))
        yield stack, stack.api_key
        return
    with (
        tempfile.TemporaryDirectory(prefix="tollgate-pictures-") as state,
        running(Ports.free(), Path(state), print) as local,
    ):
        yield local.stack, company.seed(local.stack, print).secrets[_KEY]


def _ids(stack: Stack) -> dict[str, str]:
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:

        def found(path: str, **query: str) -> list[dict[str, Any]]:
            answer = admin.get(path, params=query)
            answer.raise_for_status()
            rows: list[dict[str, Any]] = answer.json()["data"]
            return rows

        (key,) = (each["id"] for each in found("/apiKey", search=_KEY) if each["name"] == _KEY)
        (model,) = (each["id"] for each in found("/models", search=_MODEL) if each["systemName"] == _MODEL)
        return {"key": key, "model": model, "request": found("/requests", limit="1")[0]["id"]}


def _take(browser: Browser, stack: Stack, picture: Picture, token: str, ids: dict[str, str]) -> bytes:
    viewport = {"width": picture.width, "height": 900}
    context = console_pages.context_of(browser, stack.console_url, viewport=viewport, **picture.options)
    try:
        page = context.new_page()
        console_pages.sign_in(page, token, picture.path.format(**ids))
        console_pages.settled(page)
        # As high as the page is, so that what sticks to the window's edges does so in the picture.
        height = min(page.evaluate("document.scrollingElement.scrollHeight"), _LONGEST)
        page.set_viewport_size({"width": picture.width, "height": height})
        console_pages.settled(page)
        return _webp(page)
    finally:
        context.close()


def _webp(page: Page) -> bytes:
    """What is in the window, in a form that Playwright's own screenshots don't have."""
    session = page.context.new_cdp_session(page)
    # Where the page has no colour of its own, nothing instead of white.
    session.send("Emulation.setDefaultBackgroundColorOverride", {"color": {"r": 0, "g": 0, "b": 0, "a": 0}})
    answer = session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    return base64.b64decode(answer["data"])


if __name__ == "__main__":
    main(sys.argv[1:])
