"""That the documentation leads somewhere: links, anchors, and what it names of modules, tests, commands."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("cli/*.md"), *ROOT.glob("docs/**/*.md")])
# Where packages lie: the root of the repository is one of them.
SOURCES = [ROOT, ROOT / "cli", ROOT / "shared", *sorted(ROOT.glob("functions/*"))]

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\))?[^()\s]*)\)")
DEFINITION = re.compile(r"^\[[^\]\n]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
DOTTED = re.compile(r"(?:tollgate(?:_[a-z]+)?|lambda_streaming|infra|tests)(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(r"[\w.{}*-]+(?:/[\w.{}*-]+)*\.(?:py|yaml|yml|toml|json|md)")
TEST = re.compile(r"test_\w+")
COMMAND = re.compile(r"python -m ((?:infra|tests|tollgate_\w+)(?:\.\w+)*)")
TARGET = re.compile(r"`make ([a-z][a-z0-9-]*)|^make ([a-z][a-z0-9-]*)", re.MULTILINE)
# What only a running local stack has.
MADE = (".local/", ".aws-sam/")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


every_page = pytest.mark.parametrize("page", PAGES, ids=named)


@every_page
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page):
    assert [target for target in links(page.read_text()) if not is_there(page, target)] == []


@every_page
def test_every_module_that_is_named_exists(page):
    text = FENCE.sub("", page.read_text())
    spans = [span.removesuffix("()") for span in CODE.findall(text)]
    dotted = [span for span in spans if DOTTED.fullmatch(span) and not FILE.fullmatch(span)]
    files = [span for span in spans if FILE.fullmatch(span) and "/" in span and not span.startswith(MADE)]
    assert [each for each in dotted if not (is_module(each) or each in attributes())] == []
    assert [each for each in files if not is_file(each)] == []


@cache
def attributes() -> set[str]:
    """What spans and metrics call Tollgate's own, which looks like a module."""
    sources = (path.read_text() for path in ROOT.glob("functions/telemetry/**/signals/*.py"))
    return {name for source in sources for name in re.findall(r'"(tollgate\.[\w.]+)"', source)}


@every_page
def test_every_test_that_is_named_exists(page):
    spans = set(CODE.findall(page.read_text()))
    modules = {span.rpartition("/")[2] for span in spans if re.fullmatch(r"(?:\S+/)?test_\w+\.py", span)}
    assert modules <= {path.name for path in ROOT.glob("tests/**/test_*.py")}
    assert {span for span in spans if TEST.fullmatch(span)} <= names_of_tests()


@every_page
def test_every_command_that_is_named_exists(page):
    text = page.read_text()
    modules = COMMAND.findall(text)
    assert [each for each in modules if not (is_module(f"{each}.__main__") or is_module(each))] == []
    asked = {inline for inline, _ in TARGET.findall(text)}
    asked |= {target for fence in FENCE.finditer(text) for _, target in TARGET.findall(fence[0])}
    assert asked - {""} <= targets()


def test_every_decision_is_listed_and_says_why_and_what_follows():
    listed = list(links((ROOT / "docs/decisions/README.md").read_text()))
    decisions = sorted(path for path in ROOT.glob("docs/decisions/*.md") if path.name != "README.md")
    assert listed == [path.name for path in decisions]
    for number, path in enumerate(decisions, start=1):
        text = path.read_text()
        assert path.name.startswith(f"{number:03}-")
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What a provider adds", "what-a-provider-adds"),
        ("How it stands: `GET /v1/usage`", "how-it-stands-get-v1usage"),
        ("The [ledger](ledger.md), again", "the-ledger-again"),
        ("API_keys & rates", "api_keys--rates"),
    ],
)
def test_an_anchor_is_written_as_github_writes_it(heading, anchor):
    assert anchors(f"# {heading}\n") == {anchor}


def test_headings_of_one_name_are_told_apart_by_a_number():
    assert anchors("# Keys\n\n## Keys\n\n```sh\n# no heading\n```\n") == {"keys", "keys-1"}


def test_what_leads_nowhere_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Here\n\n[a](#here) [b](gone.md) [c](page.md#there) [d](https://example.com/x)\n")
    assert [each for each in links(page.read_text()) if not is_there(page, each)] == [
        "gone.md",
        "page.md#there",
    ]
    assert not is_module("tollgate.money.no_such_name")
    assert is_module("tollgate.money.to_string")


def links(text: str) -> Iterator[str]:
    """The targets of a page's links that lie in the repository."""
    prose = CODE.sub("`code`", FENCE.sub("", text))
    for target in (*LINK.findall(prose), *DEFINITION.findall(prose)):
        if not re.match(r"[a-z][a-z+.-]*:", target):
            yield target


def is_there(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.exists():
        return False
    return not anchor or (found.suffix == ".md" and anchor in anchors(found.read_text()))


def anchors(text: str) -> set[str]:
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(anchor)
    return found


def is_module(dotted: str) -> bool:
    """Whether a name is that of a package or module, or of what a module defines."""
    parts = dotted.split(".")
    return any(_defines(source, parts) for source in SOURCES)


def _defines(source: Path, parts: list[str]) -> bool:
    for length in range(len(parts), 0, -1):
        path = source.joinpath(*parts[:length])
        module = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if module.exists():
            rest, text = parts[length:], module.read_text()
            return all(_is_defined(name, text) for name in rest)
    return False


def _is_defined(name: str, text: str) -> bool:
    pattern = rf"^\s*(?:def|class) {name}\b|^\s*{name}\b *[:=]"
    return re.search(pattern, text, re.MULTILINE) is not None


def is_file(name: str) -> bool:
    """Whether a path leads to files, from the repository's root or from where a package lies."""
    pattern = re.sub(r"\{[^}]*\}", "*", name)
    return any(next(source.glob(pattern), None) for source in SOURCES)


@cache
def names_of_tests() -> set[str]:
    """Every test, and every module of tests."""
    modules = list(ROOT.glob("tests/**/test_*.py"))
    found = {path.stem for path in modules}
    for path in modules:
        found.update(re.findall(r"^\s*def (test_\w+)", path.read_text(), re.MULTILINE))
    return found


@cache
def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text()
    return set(" ".join(re.findall(r"^(?:\.PHONY: |)([a-z][a-z0-9 -]*)", text, re.MULTILINE)).split())
