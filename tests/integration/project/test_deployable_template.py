"""Why CloudFormation would refuse the template as a whole: no order, a part that is missing, too much of it.

Its limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import re
from collections import Counter
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.rendered_template import as_written, existing, of_type, outputs, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_RESOURCES = 500
MAX_OUTPUTS = MAX_PARAMETERS = 200
# Of all inline policies of a role, without white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_INLINE_POLICIES = 10_240
# What stands for a name or ARN that only CloudFormation knows: a function's role is among the longest.
LONG_ARN = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:" + 64 * "x"

EXPORTS = {
    f"{table}Export": "AWSDynamoDB/01/data/"
    for table in ("Keys", "Usage", "Costs", "Catalog", "Alerts", "Audit")
}
CHOICES: dict[str, dict[str, str]] = {
    "defaults": {},
    "no console": {"Console": "off"},
    "production": {"Stage": "prod", "SnapStart": "on", "Tracing": "on", "Dashboard": "on"},
    "a key of the stack's": {"KmsKey": "create"},
    "a key": {"KmsKey": "arn:aws:kms:eu-west-1:123456789012:key/8c0f7c2a-3c4e-4b6f-9d0a-1e2f3a4b5c6d"},
    "a firewall": {"Waf": "create"},
    "administration apart": {"AdminApi": "apart", "AdminCidrs": "192.0.2.0/24", "Waf": "create"},
    "administration apart, no console": {"AdminApi": "apart", "Console": "off"},
    "private administration": {"AdminApi": "private", "AdminVpcEndpoints": "vpce-0123456789abcdef0"},
    "a domain": {"DomainName": "a.example", "CertificateArn": "arn", "BasePath": "v", "HostedZoneId": "Z1"},
    "access logs": {"AccessLog": "on"},
    "access logs and their role": {"AccessLog": "on", "CreateApiLogsRole": "true"},
    "traces": {"OtlpEndpoint": "https://otlp.example.com"},
    "an archive": {"Archive": "on", "ArchiveRetentionDays": "3650"},
    "an archive under a key": {"Archive": "on", "KmsKey": "create"},
    "backups": {"BackupRetentionDays": "365", "BackupColdAfterDays": "30", "BackupCopyVault": "arn"},
    "seals": {"SealBucket": "create"},
    "seals elsewhere": {"SealBucket": "seals-of-ours"},
    "restored tables": {"RestoreBucket": "exports", **EXPORTS},
    "mails": {"SenderEmail": "tollgate@example.com", "AdminEmail": "ops@example.com"},
    "models of Bedrock": {"BedrockModels": "anthropic.*"},
}  # fmt: skip
EVERYTHING = {
    name: value
    for title, chosen in CHOICES.items()
    if title not in ("a key", "no console", "administration apart, no console", "seals elsewhere")
    for name, value in chosen.items()
}


@pytest.fixture(scope="module")
def gradual():
    return render(parameters={"GradualDeployment": "Canary10Percent10Minutes"})


def test_there_is_an_order_in_which_resources_can_be_made(gradual):
    """Whatever is chosen: what a resource may depend on under any condition counts."""
    for resources in (as_written()["Resources"], gradual):
        needs = {name: references(each) & resources.keys() for name, each in resources.items()}
        assert len(list(TopologicalSorter(needs).static_order())) == len(resources)


@pytest.mark.parametrize("chosen", [*CHOICES.values(), EVERYTHING], ids=[*CHOICES, "everything"])
def test_what_is_there_depends_on_nothing_that_is_not(chosen):
    there = existing(**chosen)
    missing = as_written()["Resources"].keys() - there.keys()
    for name, each in [*there.items(), *outputs(**chosen).items()]:
        assert not references(each) & missing, name


def test_a_stack_with_everything_is_within_cloudformations_limits(gradual):
    assert len(existing(**EVERYTHING)) < MAX_RESOURCES
    assert len(gradual) < MAX_RESOURCES
    written = as_written()
    assert len(written["Parameters"]) <= MAX_PARAMETERS
    assert len(written["Outputs"]) <= MAX_OUTPUTS


def test_a_role_with_everything_has_no_more_inline_policies_than_iam_takes():
    resources = existing(**EVERYTHING)
    sizes: Counter[str] = Counter()
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            sizes[name] += size(policy["PolicyDocument"])
    for policy in of_type(resources, "AWS::IAM::Policy").values():
        for role in policy["Properties"]["Roles"]:
            sizes[role["Ref"]] += size(policy["Properties"]["PolicyDocument"])
    assert sizes["ProxyFunctionRole"] > MAX_INLINE_POLICIES / 4  # that they are counted at all
    assert not {name: each for name, each in sizes.items() if each > MAX_INLINE_POLICIES}


def size(value: Any) -> int:
    """Of a policy in JSON without white space, where each value that isn't known yet is a long one."""
    match value:
        case {"Ref": _} | {"Fn::GetAtt": _}:
            return len(LONG_ARN) + 2
        case {"Fn::Sub": [str(text), _]} | {"Fn::Sub": str(text)}:
            return len(re.sub(r"\$\{[^}]+}", "", text)) + len(LONG_ARN) + 2
        case dict():
            return 2 + sum(len(name) + 4 + size(each) for name, each in value.items())
        case list():
            return 2 + sum(1 + size(each) for each in value)
    return len(str(value)) + 2


def references(value: Any) -> set[str]:
    """Names of resources and parameters that a value has something of, or that come before it."""
    return set(_references(value))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, dict):
        yield from _named(value)
        for name, each in value.items():
            if name not in ("Ref", "Fn::GetAtt", "DependsOn", "Condition"):
                yield from _references(each)


def _named(value: Mapping[str, Any]) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(attribute)}:
            yield attribute.partition(".")[0]
        case {"Fn::Sub": [str(text), dict(own)]}:
            yield from (each for each in _substituted(text) if each not in own)
        case {"Fn::Sub": str(text)}:
            yield from _substituted(text)
        case {"DependsOn": [*names]}:
            yield from names
        case {"DependsOn": str(name)}:
            yield name


def _substituted(text: str) -> list[str]:
    return re.findall(r"\$\{(\w+)(?:\.[\w.]+)?}", text)
