"""What is deployed: compiled, and small enough to be fetched in no time."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from infra.local import build
from tests.bench.measurements import artefacts

if TYPE_CHECKING:
    from pathlib import Path

# Of a .pyc: https://peps.python.org/pep-0552/
UNCHECKED_HASH = 0b01
MEGABYTE = 1_000_000


@pytest.fixture
def built(stack) -> Path:
    template = build.existing()
    assert template is not None
    return template.parent


def test_every_module_is_compiled_and_nothing_else(built):
    """For the local stack's Python, which is the tests' own, too. Sources stay, for tracebacks."""
    sources = set(built.rglob("*.py"))
    compiled = {importlib.util.cache_from_source(str(each)) for each in sources}
    assert {str(each) for each in built.rglob("*.pyc")} == compiled
    assert len(sources) > 400


def test_bytecode_is_read_without_a_look_at_its_source(built):
    for path in built.rglob("*.pyc"):
        head = path.read_bytes()[:8]
        assert head[:4] == importlib.util.MAGIC_NUMBER, path
        assert int.from_bytes(head[4:], "little") == UNCHECKED_HASH, path


def test_the_console_has_its_files_and_nothing_of_how_they_were_made(built):
    """Each in the forms that clients take, of which the compressed ones are what the artefact weighs."""
    console = built / "ConsoleFunction"
    assert {path.name for path in console.iterdir()} == {"site", "tollgate_console"}
    kinds = {path.suffix for path in (console / "site").rglob("*") if path.is_file()}
    assert {".html", ".js", ".css", ".br", ".gz"} <= kinds
    assert kinds.isdisjoint({".map", ".ts", ".tsx"})
    assert artefacts.zipped(console) < 5 * MEGABYTE


TOLD = "docs/benchmarks.md (make bench ARGS=artefacts) and docs/cold-start.md say otherwise"


# The aim for the proxy and the layer together is 5 MB. Each has a twentieth more than it takes now: sizes
# differ a little by the Python that compiles and by the processor that packages are for.
@pytest.mark.parametrize(
    ("artifacts", "most"),
    [
        (("ProxyFunction-Shared", "SharedLayer"), 3.14 * MEGABYTE),
        (("AdminFunction-Shared", "SharedLayer"), 14.7 * MEGABYTE),
        (("AlertsFunction", "SharedLayer"), 4.36 * MEGABYTE),
        (("RollupFunction", "SharedLayer"), 1.91 * MEGABYTE),
        (("SweeperFunction", "SharedLayer"), 1.56 * MEGABYTE),
        (("TelemetryFunction", "SharedLayer"), 2.0 * MEGABYTE),
    ],
)
def test_an_artifact_and_its_layer_are_no_larger_than(built, artifacts, most):
    assert sum(artefacts.zipped(built / each) for each in artifacts) < most, TOLD
