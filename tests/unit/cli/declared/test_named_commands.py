"""Command lines of `tollgate` that a page, a message or a comment names exist as they are written there."""

from __future__ import annotations

import ast
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from infra.local.environment import ROOT
from tests.support.declared_commands import all_commands, example_words, parsed, root

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("cli/*.md"), *ROOT.glob("docs/**/*.md")])
MODULES = sorted((ROOT / "cli/tollgate_cli").rglob("*.py"))
BLOCK = re.compile(r"^ *```(?:sh|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Also behind `run:`, `if !`, `$(` and variables that are set for it alone.
LINE = re.compile(
    r"^ *(?:- )?(?:run: |if ! |[A-Z_]+=\S+ )*(tollgate .*)$|\$\((tollgate [^)]*)\)", re.MULTILINE
)
UNKNOWN = "\0"
PLACEHOLDERS = {"DAY": "2026-11-29"}
QUOTED = re.compile(r"[`\"](tollgate [^`\"]+)[`\"]")


def lines_of_blocks(text: str) -> Iterator[str]:
    """The command lines that a page has for copying."""
    for block in BLOCK.findall(text):
        for alone, inside in LINE.findall(block.replace("\\\n", "")):
            yield alone or inside


def texts_of_module(source: str) -> Iterator[str]:
    """Its strings; `UNKNOWN` stands for what is only known when it runs."""
    tree = ast.parse(source)
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    for text in joined:
        parts = [part.value if isinstance(part, ast.Constant) else UNKNOWN for part in text.values]
        yield "".join(map(str, parts))
    within = {id(part) for text in joined for part in text.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield re.sub(r"{\w+}", UNKNOWN, node.value)


def misnamed(line: str) -> str | None:
    """The first word of a line, whole or not, that is no command where it stands, or no option of it."""
    command = root()
    words = iter(example_words(line))
    for word in words:
        if word == "--":
            break
        if word.startswith("-") and word != "-":
            named = [
                each
                for each in command.params
                if word.partition("=")[0] in (*each.opts, *each.secondary_opts)
            ]
            if not named and word != "--help":
                return word
            if named and not named[0].is_flag and "=" not in word:
                next(words, None)
        elif hasattr(command, "get_command") and word != "X":
            command = command.get_command(None, word)
            if command is None:
                return word
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_command_lines_of_a_page_can_be_run_as_they_stand(page):
    text = page.read_text()
    for line in lines_of_blocks(text):
        parsed(example_words(line))
    assert [line for line in QUOTED.findall(text) if misnamed(line)] == []


def test_the_commands_that_messages_quote_exist():
    quoted = {
        (module.name, line.replace(UNKNOWN, " X"))
        for module in MODULES
        for text in texts_of_module(module.read_text())
        for line in QUOTED.findall(text)
    }
    assert {(module, line): word for module, line in quoted if (word := misnamed(line))} == {}


ADVISED = sorted(
    {
        text.rpartition("by: ")[2].replace(UNKNOWN, "X")
        for module in MODULES
        for text in texts_of_module(module.read_text())
        if re.fullmatch(r"(.* by: )?tollgate [a-z][^:\n]*", text)
    }
)


@pytest.mark.parametrize("line", ADVISED)
def test_the_lines_that_are_advised_can_be_run_as_they_stand(line):
    words = [PLACEHOLDERS.get(word, word) for word in example_words(line)]
    assert misnamed(line) is None
    # Without arguments it is a command's name alone, and with --help it would end here.
    if " ".join(words) not in all_commands() and "--help" not in words:
        parsed(words)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("tollgate keys lists", "lists"),
        ("tollgate keys list --colour", "--colour"),
        ("tollgate -P prod keys list --limit 5", None),
        ("tollgate run --budget 5 -- claude --anything", None),
        ("tollgate keys X", None),
    ],
)
def test_what_isnt_there_is_found(line, word):
    assert misnamed(line) == word


def test_lines_of_a_block_are_read_as_a_shell_reads_them():
    block = '```sh\ntollgate keys list \\\n  --csv > x  # why\neval "$(tollgate env)"\n# tollgate none\n```\n'
    assert [shlex.join(example_words(line)) for line in lines_of_blocks(block)] == ["keys list --csv", "env"]
