"""The order of the house that import-linter does not see: small folders, file names that say which file."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = [
    *(ROOT / "shared").iterdir(),
    *(ROOT / "functions").glob("*/tollgate_*"),
    *(ROOT / "cli").glob("tollgate_*"),
    ROOT / "infra",
]
MODULES = sorted(path for source in SOURCES if source.is_dir() for path in source.rglob("*.py"))
SUPPORT = sorted((ROOT / "tests" / "support").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
# What one expects to find in many a folder.
CONVENTIONAL = {"__init__.py", "__main__.py", "handler.py", "routes.py", "schemas.py", "settings.py"}
MAX_MODULES = 15


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_two_modules_share_a_name():
    found = defaultdict(list)
    for path in [*MODULES, *SUPPORT]:
        found[path.name].append(name(path))
    shared = {each: paths for each, paths in found.items() if len(paths) > 1 and each not in CONVENTIONAL}
    assert not shared, shared


def test_no_folder_is_a_drawer():
    counts = defaultdict(int)
    for path in [*MODULES, *TESTS]:
        counts[name(path.parent)] += path.name != "__init__.py"
    assert {each: count for each, count in counts.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("package", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_a_package_says_what_it_is_for(package):
    assert ast.get_docstring(ast.parse(package.read_text())), f"{name(package)} has no docstring"


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=name)
def test_a_folder_with_modules_is_a_package(folder):
    assert (folder / "__init__.py").exists()
