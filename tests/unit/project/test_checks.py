"""What runs before a commit and on a pull request is what `make` runs."""

from __future__ import annotations

import re
from typing import Any

import yaml

from infra.local.environment import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_every_command_of_make_is_listed_by_help():
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    listed = set(re.findall(r'@echo "make (\w+)', MAKEFILE))
    assert listed == {target for target in phony.split() if not target.startswith("run-")} - {"help"}


def test_a_commit_is_checked_by_the_commands_of_lint():
    """But for `--force-exclude`: here files are named that the configuration leaves out."""
    (sources,) = re.findall(r"^SOURCES := (.+)$", MAKEFILE, re.MULTILINE)
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        command = (
            hook["entry"]
            .replace(" --force-exclude", "")
            .replace(".venv", "$(DEV)")
            .replace(sources, "$(SOURCES)")
        )
        assert f'check "{hook["name"]}" {command}' in MAKEFILE


def test_a_pull_request_runs_what_is_run_here_and_may_do_no_more_than_read():
    workflow = read(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"] <= 60
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", each) for each in used)
