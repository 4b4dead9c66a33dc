from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from infra.local import build as local_build
from infra.local.build import fingerprint

if TYPE_CHECKING:
    from infra.local.processes.children import Children

PARAMETERS = ["PythonRuntime=python3.13", "Architecture=arm64"]


@pytest.fixture
def tree(tmp_path):
    for name in (
        "template.yaml",
        "samconfig.toml",
        "requirements/tools.txt",
        "shared/tollgate/money.py",
        "functions/proxy/requirements.txt",
        "functions/console/web/src/main.tsx",
        "infra/artifacts/pruning.py",
        "infra/local/build.py",
        "infra/local/web/site_build.py",
        "README.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "template.yaml",
        "samconfig.toml",
        "shared/tollgate/money.py",
        "functions/proxy/requirements.txt",
        "functions/console/web/src/main.tsx",
        "infra/artifacts/pruning.py",
        "infra/local/build.py",
        "infra/local/web/site_build.py",
    ],
)
def test_a_changed_source_is_built_anew(tree, name):
    before = fingerprint(tree, PARAMETERS)
    (tree / name).write_text("changed")
    assert fingerprint(tree, PARAMETERS) != before


def test_a_moved_or_new_source_is_built_anew(tree):
    before = fingerprint(tree, PARAMETERS)
    (tree / "shared/tollgate/money.py").rename(tree / "shared/tollgate/clock.py")
    moved = fingerprint(tree, PARAMETERS)
    (tree / "shared/tollgate/__init__.py").touch()
    assert len({before, moved, fingerprint(tree, PARAMETERS)}) == 3


def test_another_runtime_is_built_anew(tree):
    assert fingerprint(tree, PARAMETERS) != fingerprint(
        tree, ["PythonRuntime=python3.11", "Architecture=arm64"]
    )


def test_what_is_not_deployed_changes_nothing(tree):
    before = fingerprint(tree, PARAMETERS)
    (tree / "README.md").write_text("changed")
    compiled = tree / "shared/tollgate/__pycache__/money.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"compiled")
    for made in ("node_modules/react/index.js", "dist/index.html", "src/api/generated/schema.d.ts"):
        path = tree / "functions/console/web" / made
        path.parent.mkdir(parents=True)
        path.write_text("made of what is there")
    assert fingerprint(tree, PARAMETERS) == before


class Builder:
    """Does what `sam build` does with a file that the template names: it is named from the build's folder."""

    def __init__(self, named):
        self.named = named

    def run(self, name, command, **_):
        if name == "sam build":
            output = Path(command[command.index("--build-dir") + 1])
            output.mkdir(exist_ok=True)
            (output / "template.yaml").write_text(os.path.relpath(self.named, output))


def test_the_built_template_still_leads_to_files_outside_of_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(local_build, "BUILDS", tmp_path / "build")
    template = local_build.build(cast("Children", Builder(tmp_path / "LICENSE")))
    assert (template.parent / template.read_text()).resolve() == tmp_path / "LICENSE"
    assert [each.name for each in (tmp_path / "build").iterdir()] == [template.parent.name]
