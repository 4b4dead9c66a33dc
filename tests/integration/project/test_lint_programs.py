"""The programs that lint runs find what is planted for them."""

from __future__ import annotations

import json
import secrets
import string
import subprocess

import pytest

from infra.checks import accepted, secret_scan, template_policy
from infra.checks.template_policy import EVERYTHING, Finding
from infra.local.tables import read_template
from tollgate.keys import api_keys

LETTERS = string.ascii_letters + string.digits
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Argued:
    Type: AWS::SQS::Queue
    Metadata:
      checkov:
        skip:
          - id: CKV_AWS_27
            comment: SQS encrypts every queue under a key of its own
  Unargued:
    Type: AWS::SQS::Queue
"""


def made_up(length):
    return "".join(secrets.choice(LETTERS) for _ in range(length))


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """One with a secret that was removed again, with others, and with what only looks like some."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "--quiet")
    (root / "removed.env").write_text(f"GITHUB_TOKEN=ghp_{made_up(36)}\n")
    commit(root)
    (root / "removed.env").unlink()
    files = {
        "key.md": f"curl -H 'x-api-key: {api_keys.issue().reveal()}'\n",
        "pipeline.yml": f"token: ghp_{made_up(36)}\n",
        "provider.json": json.dumps({"key": f"sk-ant-api03-{made_up(93)}AA"}),
        "made_up.py": f'KEY = "sk-tg-0123456789abcdef{"S" * 32}1GkgAw"\n',
        "accepted.md": f"curl -H 'Authorization: Bearer {min(accepted.texts())}' localhost\n",
    }
    for name, text in files.items():
        (root / name).write_text(text)
    commit(root)
    return root


def commit(root):
    git(root, "add", "--all")
    git(root, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "-m", "test")


def git(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True)  # noqa: S607


def test_secrets_of_tracked_files_are_found_and_told_of_by_their_beginnings(repository):
    found = secret_scan.found_in_files(secret_scan.tracked(repository), repository)
    told = secret_scan.faults(found)
    assert {each.partition(":")[0] for each in told} == {"key.md", "pipeline.yml", "provider.json"}
    assert ("key.md", "tollgate.token") in {(each.path, each.rule) for each in found}
    assert not [each for each in found if each.text in "\n".join(told)]


def test_a_secret_that_was_removed_is_found_in_the_history(repository):
    found = {each.path: each for each in secret_scan.found_in_history(repository)}
    assert found["removed.env"].commit
    assert secret_scan.faults([found["removed.env"]], history=True)


def test_what_is_accepted_has_to_be_there():
    (unneeded,) = secret_scan.faults([])
    assert min(accepted.texts()) in unneeded


def test_checkov_judges_resources_whatever_they_argue(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    failed = template_policy.failures(template)
    assert {(each.resource, each.check) for each in failed} >= {
        ("Argued", "CKV_AWS_27"),
        ("Unargued", "CKV_AWS_27"),
    }
    argued = [*template_policy.arguments(read_template(template))]
    elsewhere = [
        Finding(EVERYTHING, each.check, "Of no interest to this test")
        for each in failed
        if each.check != "CKV_AWS_27"
    ]
    (fault,) = template_policy.faults(failed, [*argued, *elsewhere])
    assert fault.startswith("Unargued fails CKV_AWS_27")
