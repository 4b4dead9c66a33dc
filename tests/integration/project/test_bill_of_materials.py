from __future__ import annotations

import json
import re

import pytest

from infra.local.environment import ROOT
from infra.release import bill_of_materials
from tollgate import __version__


@pytest.fixture(scope="module")
def documents():
    """That of the tools is made as that of the functions, and ten times as long."""
    return {subject: bill_of_materials.document(subject) for subject in ("functions", "console")}


def pins(files):
    found = "".join(path.read_text() for path in files)
    return {(name, version) for name, version in re.findall(r"^([a-z0-9-]+)==([^ ;]+)", found, re.MULTILINE)}


def test_a_document_lists_each_requirement_with_its_hashes(documents):
    components = documents["functions"]["components"]
    required = pins(bill_of_materials.PYTHON["functions"])
    assert {(each["name"], each["version"]) for each in components} == required
    for each in components:
        assert any(reference.get("hashes") for reference in each["externalReferences"]), each["name"]


def test_the_consoles_document_lists_what_its_pages_are_bundled_from(documents):
    components = documents["console"]["components"]
    listed = {f"{each.get('group', '')}/{each['name']}".lstrip("/") for each in components}
    package = json.loads((ROOT / "functions/console/web/package.json").read_text())
    assert set(package["dependencies"]) <= listed
    assert not {"vite", "typescript", "@biomejs/biome"} & listed
    named = {name for each in documents["console"]["dependencies"] for name in each["dependsOn"]}
    assert named <= {each["bom-ref"] for each in components}


def test_documents_say_what_they_are_of(documents):
    assert bill_of_materials.SUBJECTS == ["functions", "tools", "console"]
    for subject, document in documents.items():
        assert document["bomFormat"] == "CycloneDX"
        component = document["metadata"]["component"]
        assert (component["name"], component["version"]) == (f"tollgate-{subject}", __version__)
