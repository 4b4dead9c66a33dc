"""What checkov finds and what the templates argue are compared in both directions."""

from __future__ import annotations

import json

import pytest

from infra.checks import template_policy
from infra.checks.template_policy import EVERYTHING, Finding
from infra.local.local_errors import UnavailableError

NO_BACKUP = Finding("BodiesTable", "CKV_AWS_28", "Ensure DynamoDB point in time recovery (backup) is enabled")
BECAUSE = "Backups would keep what is to be deleted"


def faults(failed=(), argued=()):
    return template_policy.faults(failed, argued)


def test_what_a_resource_fails_is_named_with_what_is_asked_for():
    assert faults([NO_BACKUP]) == [f"BodiesTable fails CKV_AWS_28: {NO_BACKUP.text}"]


@pytest.mark.parametrize("resource", ["BodiesTable", EVERYTHING])
def test_an_argument_counts_for_its_resource_or_for_all(resource):
    assert faults([NO_BACKUP], [Finding(resource, "CKV_AWS_28", BECAUSE)]) == []


@pytest.mark.parametrize(("resource", "check"), [("KeysTable", "CKV_AWS_28"), ("BodiesTable", "CKV_AWS_119")])
def test_an_argument_for_something_else_does_not_count_and_has_to_go(resource, check):
    failed, unneeded = faults([NO_BACKUP], [Finding(resource, check, BECAUSE)])
    assert failed.startswith("BodiesTable fails CKV_AWS_28")
    assert unneeded == f"{resource} argues against {check}, which it doesn't fail"


@pytest.mark.parametrize("comment", ["", "not needed", " " * 40])
def test_an_argument_gives_a_reason(comment):
    (unargued,) = faults([NO_BACKUP], [Finding("BodiesTable", "CKV_AWS_28", comment)])
    assert unargued == "BodiesTable doesn't say why it may fail CKV_AWS_28"


def test_arguments_are_the_templates_own_and_its_resources():
    skip = {"checkov": {"skip": [{"id": "CKV_AWS_28", "comment": BECAUSE}]}}
    template = {"Metadata": skip, "Resources": {"BodiesTable": {"Metadata": skip}, "KeysTable": {}}}
    assert template_policy.arguments(template) == [
        Finding(EVERYTHING, "CKV_AWS_28", BECAUSE),
        Finding("BodiesTable", "CKV_AWS_28", BECAUSE),
    ]


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Traceback",
        json.dumps({"passed": 0, "failed": 0, "resource_count": 0}),  # as checkov says of what it can't read
        json.dumps({"summary": {"resource_count": 3, "parsing_errors": 1}, "results": {"failed_checks": []}}),
    ],
)
def test_a_template_that_was_not_examined_has_not_passed(output):
    with pytest.raises(UnavailableError):
        template_policy.read_report("template.yaml", output, "")
