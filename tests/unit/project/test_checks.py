"""What runs before a commit and on a pull request is what `make` runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from infra.local.environment import ROOT
from infra.ops import deploy_check
from tollgate.data_versions.data_versions import DATA_VERSION

MAKEFILE = (ROOT / "Makefile").read_text()


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_every_command_of_make_is_listed_by_help():
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    listed = set(re.findall(r'@echo "make (\w+)', MAKEFILE))
    assert listed == {target for target in phony.split() if not target.startswith("run-")} - {"help"}


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["deploy", "ENV=foo"], 'ENV must be default or prod, not "foo"'),
        (["build", "ENV="], 'ENV must be default or prod, not ""'),
        (["chekc"], "There is no target chekc; see make help."),
    ],
)
def test_make_says_what_is_wrong_with_a_command_before_it_does_anything(typed, answer):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", *typed],  # noqa: S607
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert answer in done.stderr
    assert done.stdout == ""


def test_what_make_builds_and_deploys_is_finished_after_sam_has_built_it():
    """Else each cold start compiles the functions."""
    (steps,) = re.findall(r"^define BUILD\n(.+?)^endef$", MAKEFILE, re.MULTILINE | re.DOTALL)
    checking, sam, finishing = steps.splitlines()
    assert checking.endswith("-m infra.local.web typecheck")
    assert sam.startswith("\t$(SAM) build ")
    assert finishing.endswith("-m infra.artifacts .aws-sam/build")
    for target in ("build", "deploy"):
        (recipe,) = re.findall(
            rf"^{target}: \$\(DEV_READY\) \$\(TOOLS_READY\)\n((?:\t.+\n)+)", MAKEFILE, re.MULTILINE
        )
        assert "\t$(BUILD)\n" in recipe
        assert "$(SAM) build" not in recipe


def test_make_knows_the_environments_of_samconfig():
    (known,) = re.findall(r"^ifeq \(\$\(filter \$\(ENV\),([\w ]+)\),\)$", MAKEFILE, re.MULTILINE)
    sections = re.findall(r"^\[(\w+)\.deploy\.", (ROOT / "samconfig.toml").read_text(), re.MULTILINE)
    assert known.split() == sections


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({}, "no AWS region"),
        ({"AWS_DEFAULT_REGION": "eu-central-1"}, "no AWS credentials"),
        ({"AWS_PROFILE": "nobody"}, "profile .nobody. could not be found"),
    ],
)
def test_what_a_deployment_lacks_is_said_before_the_build(monkeypatch, tmp_path, given, lacking):
    alone_with(monkeypatch, tmp_path, given)
    assert re.search(lacking, deploy_check.missing("default") or "")


def test_a_deployment_with_region_and_credentials_lacks_nothing(monkeypatch, tmp_path):
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    alone_with(monkeypatch, tmp_path, {"AWS_DEFAULT_REGION": "eu-central-1", **keys})
    assert deploy_check.missing("prod") is None


@pytest.mark.parametrize(
    ("reader", "refused"), [(None, False), (DATA_VERSION, False), (DATA_VERSION + 1, True)]
)
def test_a_commit_that_cannot_read_the_stacks_data_is_not_deployed(monkeypatch, reader, refused):
    outputs = [{"OutputKey": "CatalogTable", "OutputValue": "catalog"}]
    item = {} if reader is None else {"Item": {"reader": {"N": str(reader)}}}
    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [{"Outputs": outputs}]}),
        "dynamodb": SimpleNamespace(get_item=lambda **_: item),
    }
    session = SimpleNamespace(client=clients.__getitem__)
    monkeypatch.setattr(boto3, "Session", lambda **_: session)
    said = deploy_check.unreadable("prod")
    assert ("tollgate-prod" in (said or "")) is refused


def test_a_stack_that_is_not_there_yet_can_be_deployed(monkeypatch, capsys):
    def describe_stacks(**_):
        raise ClientError({"Error": {"Code": "ValidationError", "Message": "no stack"}}, "DescribeStacks")

    session = SimpleNamespace(client=lambda _: SimpleNamespace(describe_stacks=describe_stacks))
    monkeypatch.setattr(boto3, "Session", lambda **_: session)
    assert deploy_check.unreadable("prod") is None
    assert "no stack" in capsys.readouterr().err


def alone_with(monkeypatch, home, given):
    """Without what the machine's own environment, files and metadata service say."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nowhere = {"AWS_CONFIG_FILE": str(home / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(home / "keys")}
    for name, value in {**nowhere, "AWS_EC2_METADATA_DISABLED": "true", **given}.items():
        monkeypatch.setenv(name, value)


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
