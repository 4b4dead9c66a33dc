"""What is installed and deployed is what was tested, to the byte."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.local import build
from infra.local.environment import ROOT

COMPILED = sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("functions/*/requirements.txt")])
FUNCTIONS = sorted(path.parent for path in ROOT.glob("functions/*/requirements.txt"))
_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)")


def pins(path):
    """By package, its version."""
    found = (_PIN.match(line) for line in path.read_text().splitlines())
    return {pin["name"]: pin["version"] for pin in found if pin}


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_requirement_is_one_version_with_its_hashes(path):
    for requirement in filter(None, re.split(r"\n(?! )", path.read_text().strip())):
        assert _PIN.match(requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in path.read_text()  # where it was found


def test_functions_have_the_versions_that_are_tested():
    tested = pins(ROOT / "requirements/dev.txt")
    for folder in FUNCTIONS:
        deployed = pins(folder / "requirements.txt")
        deployed.pop("tzdata", None)  # tests go by the machine's own
        assert {name: tested.get(name) for name in deployed} == deployed, folder.name


def test_whoever_talks_http_brings_the_client_along():
    """The runtime's own is another with each of its updates, and what it takes for a whole body, too."""
    importing = re.compile(r"^(import|from) urllib3\b", re.MULTILINE)
    talking = {
        folder.name
        for folder in FUNCTIONS
        if any(importing.search(file.read_text()) for file in folder.rglob("*.py"))
    }
    assert talking == {"admin", "telemetry"}
    for name in talking:
        assert "urllib3" in pins(ROOT / "functions" / name / "requirements.txt")


def test_nothing_without_its_hash_is_installed():
    makefile = (ROOT / "Makefile").read_text()
    installs = re.findall(r"(?:pip install|pip sync)(?:[^\n]|\\\n)*", makefile)
    assert installs
    assert all("--require-hashes" in each for each in installs)
    assert "--generate-hashes" in makefile
    assert re.search(r"^SAM := .*UV_REQUIRE_HASHES=1", makefile, re.MULTILINE)


def test_what_the_local_stack_builds_is_what_it_has_hashes_of(monkeypatch, tmp_path):
    given = {}

    class Ran:
        def run(self, *_arguments, environment=None, **_options):
            given.update(environment or {})

    monkeypatch.setattr(build, "BUILDS", tmp_path)
    children: Any = Ran()
    build.build(children)
    assert given == {"UV_REQUIRE_HASHES": "1"}
