"""One version, wherever it is shown."""

from __future__ import annotations

import re
import tomllib

import tollgate
from infra.local.environment import ROOT
from infra.local.tables import read_template
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app


def test_the_version_is_a_semantic_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", tollgate.__version__)


def test_whatever_repeats_the_version_says_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    outputs = read_template(ROOT / "template.yaml")["Outputs"]
    changes = (ROOT / "CHANGELOG.md").read_text()
    shown = {
        "pyproject.toml": project["version"],
        "the stack's output": outputs["Version"]["Value"],
        "the OpenAPI document": admin_document.document(app.routes)["info"]["version"],
        "the changelog's newest release": re.findall(r"^## \[(\d[^\]]*)\]", changes, re.MULTILINE)[0],
    }
    assert shown == dict.fromkeys(shown, tollgate.__version__)


def test_the_license_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text()
    assert admin_document.document(app.routes)["info"]["license"]["identifier"] == project["license"]
