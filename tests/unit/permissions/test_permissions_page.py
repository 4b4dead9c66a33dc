"""docs/permissions.md says of each function what the template allows it, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import Intrinsic, read_template
from tests.support.permission_rows import FUNCTION, rows, statements

TEMPLATE = read_template(ROOT / "template.yaml")
PAGE = (ROOT / "docs/permissions.md").read_text()
FUNCTIONS = {name: each for name, each in TEMPLATE["Resources"].items() if each["Type"] == FUNCTION}
# IAM's, for all inline policies of a role together, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_CHARACTERS = 10_240
# What an ARN has that a name in the template hasn't, at most: long names of stacks and regions.
LONG_ARN = 160


def section(function: str) -> str:
    return PAGE.partition(f"### {function}\n")[2].partition("\n#")[0]


def test_the_page_has_a_row_for_each_statement():
    for function, expected in rows(TEMPLATE).items():
        found = [line for line in section(function).splitlines() if line.startswith("| ")][1:]
        assert found == expected, function
    assert re.findall(r"^### (\w+)$", PAGE, re.MULTILINE) == list(FUNCTIONS)


def test_the_page_lists_the_attributes_of_a_key_that_may_be_written():
    listed = PAGE.partition("## Attributes of a key\n")[2].partition("\n## ")[0]
    lists = {
        function: re.findall(r"`(\w+)`", line.partition("**: ")[2])
        for line in re.split(r"\n\n", listed)
        if line.startswith("**")
        for function in re.findall(r"`(\w+)`", line.partition("**: ")[0])
    }
    allowed = {
        name: statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
        for name, function in FUNCTIONS.items()
        for statement in statements(function)
        if "dynamodb:Attributes" in str(statement.get("Condition"))
    }
    assert lists == allowed


def test_no_function_writes_into_anothers_log():
    for name, function in FUNCTIONS.items():
        (denied,) = (each for each in statements(function) if each["Effect"] == "Deny")
        own = function["Properties"]["LoggingConfig"]["LogGroup"].argument
        assert denied["Action"] == "logs:*", name
        # The ARN as CloudFormation gives it ends in `:*`, for streams; requests may name the group itself.
        stream, group = denied["NotResource"]
        assert stream == Intrinsic("GetAtt", f"{own}.Arn"), name
        assert group.argument.endswith(f":log-group:${{{own}}}"), name


def test_conditions_on_partition_keys_are_for_actions_that_always_have_one():
    """`ForAllValues` holds where there is no value at all."""
    for name, function in FUNCTIONS.items():
        for statement in statements(function):
            if "LeadingKeys" in str(statement.get("Condition")):
                assert "dynamodb:Scan" not in str(statement["Action"]), name


def test_a_roles_policies_are_no_longer_than_iam_takes():
    for name, function in FUNCTIONS.items():
        size = sum(_size(each) for each in statements(function))
        assert size < MAX_CHARACTERS, name


def _size(value: Any) -> int:
    arns = str(value).count("Intrinsic(")
    return len(json.dumps(value, default=lambda _: "", separators=(",", ":"))) + arns * LONG_ARN
