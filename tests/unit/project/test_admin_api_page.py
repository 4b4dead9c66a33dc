"""That docs/admin-api.md has each route of the admin API with its role, as the API's own document does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from infra.local.environment import ROOT

ROW = re.compile(r"^\| `([A-Z]+ /\S*)` \| (\w+) \| (.+) \|$", re.MULTILINE)
ROLE = re.compile(r"Needs the role `(\w+)`")


@pytest.fixture(scope="module")
def document():
    path = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "functions/admin")))
    printed = subprocess.run(
        [sys.executable, "-m", "tollgate_admin"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=True,
    )
    return json.loads(printed.stdout)


def test_the_page_has_every_route_with_its_role_and_no_other(document):
    routes = {
        f"{method.upper()} {path}": ROLE.findall(operation.get("description", "")) or ["anyone"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    rows = ROW.findall((ROOT / "docs/admin-api.md").read_text())
    assert {route: [role] for route, role, _ in rows} == routes
    assert len(rows) == len(routes)


def test_the_page_has_every_status_of_a_problem(document):
    failures = {
        status
        for methods in document["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
        if status >= "400"
    }
    table = (ROOT / "docs/admin-api.md").read_text().partition("## Errors")[2].partition("\n## ")[0]
    named = re.findall(r"\d{3}", " ".join(re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)))
    # 405 is the answer to a method that no route has, so that no route can show it.
    assert failures | {"405"} == set(named)


def test_the_page_of_keys_has_every_field_that_a_key_can_be_given_and_no_other(document):
    fields = document["components"]["schemas"]["KeyCreation"]["properties"].keys()
    assert named_in_keys("Fields") == fields


def test_the_page_of_keys_has_every_default_that_can_be_set(document):
    fields = document["components"]["schemas"]["SettingsEdit"]["properties"].keys()
    assert named_in_keys("Settings") == fields


def test_the_page_of_providers_has_every_field_that_says_how_one_is_asked(document):
    fields = document["components"]["schemas"]["ProviderCreation"]["properties"].keys()
    page = (ROOT / "docs/providers.md").read_text()
    assert [name for name in fields if f"`{name}`" not in page and f'"{name}"' not in page] == []


def named_in_keys(heading):
    """What stands in code in the first column of a section's table."""
    section = (ROOT / "docs/keys.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
