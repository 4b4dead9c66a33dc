"""What workflows run and may do, here and in the examples."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pytest
import yaml

from infra.local.environment import ROOT

WORKFLOWS = [
    *sorted(ROOT.glob(".github/workflows/*.yml")),
    ROOT / "docs/examples/pipelines/github-deploy.yml",
]
MAKEFILE = (ROOT / "Makefile").read_text()
# A commit, and beside it the version that it is for who reads.
USED = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>\S+)(?: # (?P<version>\S+))?$", re.MULTILINE)


def read(path) -> Any:
    return yaml.safe_load(path.read_text())


RELEASE = read(ROOT / ".github/workflows/release.yml")


def test_every_action_is_one_commit_with_its_version_beside_it_and_the_same_everywhere():
    versions = defaultdict(set)
    for path in WORKFLOWS:
        used = list(USED.finditer(path.read_text()))
        assert len(used) == path.read_text().count("uses:")
        for each in used:
            assert re.fullmatch(r"[0-9a-f]{40}", each["commit"]), each[0]
            assert re.fullmatch(r"v\d+\.\d+\.\d+", each["version"] or ""), each[0]
            versions[each["action"]].add((each["commit"], each["version"]))
    assert {action: found for action, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_by_job_what_goes_beyond_reading(path):
    workflow = read(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60


def test_a_release_is_made_of_a_tag_by_what_was_tested():
    """`on` is YAML's word for true."""
    assert RELEASE[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}
    order = {name: job.get("needs") for name, job in RELEASE["jobs"].items()}
    assert order == {"test": None, "build": "test", "publish": "build", "package": "publish"}


def test_what_signs_runs_nothing_that_was_installed():
    """Others' code runs where there is no token; what has one checks out nothing, and builds nothing."""
    for job in RELEASE["jobs"].values():
        runs = " ".join(step.get("run", "") for step in job["steps"])
        used = {step.get("uses", "").partition("@")[0] for step in job["steps"]}
        if "id-token" in job["permissions"]:
            assert "actions/checkout" not in used
            assert not re.search(r"\b(make|pip|npm|uv)\b", runs)
        else:
            assert job["permissions"] == {"contents": "read"}


def test_what_a_release_runs_of_make_is_there():
    runs = [step["run"] for job in RELEASE["jobs"].values() for step in job["steps"] if "run" in step]
    targets = {target for run in runs for target in re.findall(r"^make (\w+)", run, re.MULTILINE)}
    assert targets == {"audit", "release"}
    assert all(re.search(rf"^{target}: ", MAKEFILE, re.MULTILINE) for target in targets)


def test_expressions_of_a_workflow_are_no_part_of_a_script():
    """What somebody else can name, such as a branch, would be run."""
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            assert not [step for step in job["steps"] if "${{" in step.get("run", "")]
