"""Pictures of terminals in which `tollgate` runs, as the machine's own monospace font draws them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from infra.local.environment import ROOT
from tests.support import pseudo_terminal, terminal_screen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

    from infra.local.stack import Stack

# What a deployment's URL could be, in place of this machine's, whose port is another one each time.
_GATEWAY = "https://gateway.example.com"
# What Chromium is to be launched with: the one that npm has brings no monospace font along.
FONTS = {"FONTCONFIG_PATH": "/etc/fonts"}
# Twice the pixels that the page has, for screens that do.
_SHARPNESS = 2
# Background and text, and the eight colours, plain and bright. All are legible on the background.
_THEME = TerminalTheme(
    (24, 28, 36),
    (216, 221, 230),
    [
        (92, 100, 114),
        (240, 128, 128),
        (126, 200, 137),
        (226, 190, 112),
        (124, 172, 248),
        (204, 153, 232),
        (102, 200, 210),
        (216, 221, 230),
    ],
    [
        (142, 150, 164),
        (255, 150, 150),
        (150, 220, 160),
        (240, 208, 135),
        (150, 190, 255),
        (222, 178, 245),
        (130, 220, 228),
        (255, 255, 255),
    ],
)
# Around it is nothing, which shows the page's own colour, light or dark.
_PAGE = """<!doctype html>
<style>
  body {{ margin: 0; background: transparent }}
  pre {{
    display: inline-block; box-sizing: border-box; width: calc({columns}ch + 42px);
    margin: 0; padding: 16px 20px;
    color: rgb(216 221 230); background: rgb(24 28 36); border: 1px solid rgb(74 82 96); border-radius: 10px;
    font: 14px/1.25 monospace; font-variant-ligatures: none;
  }}
</style>
<pre>{code}</pre>"""
# Whether the font is as wide at everything that tables and bars are made of.
_IS_EVEN = """() => {
  const context = document.createElement("canvas").getContext("2d");
  context.font = "14px monospace";
  return new Set([..."iW│─└▁█━╸┄…"].map((each) => context.measureText(each).width)).size === 1;
}"""


class NoFontError(Exception):
    """The machine has no monospace font that has lines and blocks as well."""


@dataclass(frozen=True)
class Step:
    """A line that is typed, and then what is asked: a part of each question, and what is answered."""

    line: str
    answers: tuple[tuple[str, str], ...] = ()
    code: int = 0
    """What it must end with, so that there is no picture of a fault."""
    shown: bool = True


@dataclass(frozen=True)
class Scene:
    """`files` are those of the folder in which it plays, by their names; `variables` are set there."""

    name: str
    steps: tuple[Step, ...]
    columns: int = 80
    files: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


def page_of(browser: Browser, stack: Stack, scene: Scene) -> Page:
    """The page of a scene, in a window of its size. Raises NoFontError, or ValueError if a step fails."""
    context = browser.new_context(device_scale_factor=_SHARPNESS)
    page = context.new_page()
    page.set_content(_PAGE.format(columns=scene.columns, code=_html(_played(stack, scene), scene.columns)))
    if not page.evaluate(_IS_EVEN):
        raise NoFontError("Install a monospace font with box-drawing characters, such as DejaVu Sans Mono.")
    box = page.locator("pre").bounding_box()
    assert box is not None
    page.set_viewport_size({"width": round(box["width"]), "height": round(box["height"])})
    return page


def _played(stack: Stack, scene: Scene) -> list[str]:
    """What the terminal shows in the end."""
    with tempfile.TemporaryDirectory(prefix="tollgate-scene-") as scratch:
        folder, home = Path(scratch, "folder"), Path(scratch, "home")
        folder.mkdir()
        home.mkdir()
        for name, text in scene.files:
            (folder / name).write_text(text)
        environment = _environment(stack, home) | dict(scene.variables)
        lines = [line for step in scene.steps for line in _lines(step, scene.columns, folder, environment)]
    return [line.replace(stack.api_url, _GATEWAY) for line in lines]


def _lines(step: Step, columns: int, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    output, code = pseudo_terminal.run(("sh", "-c", step.line), columns, folder, environment, step.answers)
    if code != step.code:
        raise ValueError(f"{step.line} ended with {code} instead of {step.code}:\n{output}")
    if step.shown:
        yield f"\x1b[32m$\x1b[0m \x1b[1m{step.line}\x1b[0m"
        yield from terminal_screen.lines(output, columns)
        yield ""


def _environment(stack: Stack, home: Path) -> dict[str, str]:
    """None of this process's own, but for what programs need to be found."""
    return {
        "PATH": os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]]),
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TOLLGATE_URL": stack.api_url,
        "TOLLGATE_TOKEN": stack.admin_token,
    }


def _html(lines: list[str], columns: int) -> str:
    console = Console(
        record=True, file=StringIO(), width=columns, color_system="truecolor", force_terminal=True
    )
    while lines and not lines[-1]:
        lines.pop()
    for line in AnsiDecoder().decode("\n".join(lines)):
        console.print(line, soft_wrap=True)
    return console.export_html(theme=_THEME, inline_styles=True, code_format="{code}")
