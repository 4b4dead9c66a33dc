"""What a module does follows from what it is handed: few ask the machine for the time, or its environment."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from infra.local.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DOMAIN = ROOT / "shared/tollgate"
SOURCES = [DOMAIN, *(ROOT / "functions").glob("*/tollgate_*")]
MODULES = sorted(path for source in SOURCES for path in source.rglob("*.py"))

# Handlers put functions together, and know when an event came; settings are what the deployment has set.
MAY_ASK_THE_TIME = {DOMAIN / "clock.py", *(ROOT / "functions").glob("*/tollgate_*/handler.py")}
MAY_READ_THE_ENVIRONMENT = set((ROOT / "functions").glob("*/tollgate_*/settings.py"))

PRESENT = {
    "tollgate.clock.utc_now",
    "time.time",
    "time.time_ns",
    "time.gmtime",
    "time.localtime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv"}


def asks_the_time(source: str) -> bool:
    """A clock that is named and not read is one to be handed on, or a default."""
    tree = ast.parse(source)
    names = imported(tree)
    return any(full_name(call.func, names) in PRESENT for call in calls(tree))


def reads_the_environment(source: str) -> bool:
    tree = ast.parse(source)
    names = imported(tree)
    return any(full_name(node, names) in ENVIRONMENT for node in ast.walk(tree))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def imported(tree: ast.AST) -> dict[str, str]:
    """What a module's names stand for, wherever in it they are imported."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name.partition(".")[0]: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{full_name(node.value, names)}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    "source",
    [
        "from tollgate.clock import utc_now\nnow = utc_now()",
        "from tollgate import clock\nnow = clock.utc_now()",
        "import time\nseconds = time.time()",
        "from time import time as seconds\nnow = seconds()",
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
        "import datetime as dt\nday = dt.date.today()",
        "def late():\n    from tollgate.clock import utc_now\n    return utc_now()",
    ],
)
def test_whoever_asks_for_the_time_is_found(source):
    assert asks_the_time(source)


@pytest.mark.parametrize(
    "source",
    [
        "import os\ntable = os.environ['KEYS_TABLE']",
        "import os\ntable = os.getenv('KEYS_TABLE')",
        "from os import environ\ntable = environ.get('KEYS_TABLE')",
    ],
)
def test_whoever_reads_the_environment_is_found(source):
    assert reads_the_environment(source)


@pytest.mark.parametrize(
    "source",
    [
        "from tollgate.clock import Clock, utc_now\nclock: Clock = utc_now",
        "def at(clock):\n    return clock()",
        "from datetime import time\nnoon = time(12)",
        "import time\ntime.sleep(1)",
    ],
)
def test_a_clock_that_is_handed_on_is_no_hidden_one(source):
    assert not asks_the_time(source)


def test_only_handlers_and_the_clock_ask_for_the_time():
    assert {path for path in MODULES if asks_the_time(path.read_text())} <= MAY_ASK_THE_TIME


def test_only_settings_read_the_environment():
    assert {path for path in MODULES if reads_the_environment(path.read_text())} == MAY_READ_THE_ENVIRONMENT
