"""That commands which the documentation and the command line itself name can be typed as they stand."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
from typer import Exit
from typer._click.exceptions import ClickException, MissingParameter, NoArgsIsHelpError

from infra.local.environment import ROOT
from tests.support.declared_commands import example_words, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("cli/*.md"), *ROOT.glob("docs/*.md")])
MODULES = sorted(ROOT.glob("cli/tollgate_cli/**/*.py"))
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A line of a script or of a workflow; what encloses it isn't the command's.
LINE = re.compile(r'^\s*(?:- run: |if ! |eval "\$\()?(tollgate (?:[^\n\\]|\\\n)+)', re.MULTILINE)
WHOLE = re.compile(r"tollgate [a-z][^\n]*")
QUOTED = re.compile(r"[\"`](tollgate [^\"`\n]+)[\"`]")


def complaint(line: str) -> str | None:
    """Why it can't be typed. What is named without all that it needs, such as a group, is in order."""
    plain = line.replace("\\\n", " ").replace("\\|", "|").partition(')"')[0].replace(" DAY", " 2026-11-29")
    try:
        parsed(example_words(plain))
    except (MissingParameter, NoArgsIsHelpError, Exit, SystemExit):
        pass
    except ClickException as error:
        return f"{line}: {error.format_message()}"
    return None


def in_page(text: str) -> Iterator[str]:
    for fence in FENCE.findall(text):
        yield from LINE.findall(fence)
    yield from QUOTED.findall(FENCE.sub("", text))


def in_module(path: Path) -> Iterator[str]:
    """Of its texts."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            text = "".join(_shown(node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield from [text] if WHOLE.fullmatch(text) else QUOTED.findall(text)


def _shown(parts: list[ast.expr]) -> Iterator[str]:
    """Of an f-string. What is put in stands for a word, or right behind one for further options, or none."""
    before = ""
    for part in parts:
        before = part.value if isinstance(part, ast.Constant) else "" if before[-1:].isalpha() else "WORD"
        yield str(before)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_of_a_page_can_be_typed(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    named = [each for each in in_page(page.read_text()) if "--install-completion" not in each]
    assert [found for found in map(complaint, named) if found] == []


def test_every_command_that_a_message_names_can_be_typed():
    named = {each for module in MODULES for each in in_module(module)}
    assert "tollgate settings set --default-monthly-quota 100" in named
    assert sorted(found for found in map(complaint, named) if found) == []


def test_what_cannot_be_typed_is_found():
    assert complaint("tollgate settings edit --default-monthly-quota 100") is not None
    assert complaint("tollgate keys edit KEY --owner-email owner@example.com") is not None
    assert complaint("tollgate keyz list") is not None
    assert complaint("tollgate keys list | head") is None
