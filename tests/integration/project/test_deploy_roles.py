"""The example's role for CloudFormation may do all that making and removing the stack's resources takes."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase

from infra.local.environment import ROOT, TOOLS
from infra.local.tables import read_template
from tests.support import rendered_template

EXAMPLE = read_template(ROOT / "docs/examples/cloudformation/deploy-roles.yaml")
ROLES = EXAMPLE["Resources"]
# What handlers ask for by properties that the template doesn't have: other services' resources, users and
# groups, replicas of secrets, keys that are switched off, identities with more than an address. And an action
# that isn't among its service's.
UNUSED = [
    "backup-storage:Mount",
    "amplify:*", "apprunner:*", "appsync:*", "bedrock-agentcore:*", "cognito-idp:*", "elasticfilesystem:*",
    "elasticloadbalancing:*", "firehose:*", "kinesis:*", "lakeformation:*", "s3files:*", "s3tables:*",
    "ec2:*VerifiedAccess*", "glue:*Connection", "iam:*GroupPolicy", "iam:*UserPolicy",
    "iam:DeleteRolePermissionsBoundary", "iam:UpdateRole", "iam:UpdateRoleDescription",
    "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:ListAliases", "kms:RevokeGrant",
    "secretsmanager:*Region*", "ses:PutEmailIdentity*",
]  # fmt: skip
# What types of a stack with defaults need by properties that it doesn't have then.
OPTIONAL = [
    "codedeploy:*", "ec2:*", "iam:CreateServiceLinkedRole", "kms:*",
    "s3:GetObjectMetadata", "s3:ListBucket", "s3:REST.PUT.OBJECT",
]  # fmt: skip
MAX_NAME = 64  # of a role, a function or a rule
RANDOM_PART = 12


def statements():
    (resources,) = ROLES["Execution"]["Properties"]["Policies"]
    options = ROLES["ExecutionOptions"]["Properties"]["PolicyDocument"]["Statement"]
    return resources["PolicyDocument"]["Statement"], options


def actions(*documents):
    for statement in (each for document in documents for each in document):
        named = statement["Action"]
        yield from named if isinstance(named, list) else [named]


def needed(types):
    """What CloudFormation calls for each type, by its published schemas, which cfn-lint has with it."""
    (schemas,) = TOOLS.glob("lib/python3*/site-packages/cfnlint/data/schemas")
    names = json.loads((schemas / "providers/us-east-1.json").read_text())
    found = [json.loads((schemas / f"resources/{names[kind]}.json").read_text()) for kind in types]
    return {
        permission
        for schema in found
        for name, handler in schema.get("handlers", {}).items()
        if name != "list"
        for permission in handler.get("permissions", [])
    }


def refused(types, allowed):
    return {
        action
        for action in needed(types)
        if not any(fnmatchcase(action.lower(), pattern.lower()) for pattern in allowed)
    }


def test_cloudformation_may_make_what_the_template_declares():
    default, options = statements()
    there = {each["Type"] for each in rendered_template.existing().values()}
    assert not refused(there, [*actions(default), *UNUSED, *OPTIONAL])
    # A gradual deployment's are known to the transform alone.
    every = {each["Type"] for each in rendered_template.as_written()["Resources"].values()}
    every |= {"AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"}
    assert not refused(every, [*actions(default, options), *UNUSED])


def test_tables_are_made_from_exports_that_the_role_may_read():
    reading, telling = ROLES["ExecutionRestores"]["Properties"]["PolicyDocument"]["Statement"]
    assert reading["Action"] == ["s3:GetObject", "s3:ListBucket"]
    assert {each.argument.rpartition(":")[2] for each in reading["Resource"]} == {
        "${RestoreBucket}",
        "${RestoreBucket}/*",
    }
    assert telling["Resource"].argument.endswith(":log-group:/aws-dynamodb/*")


def test_schemas_say_what_types_need():
    assert "apigateway:UpdateRestApiPolicy" in needed({"AWS::ApiGateway::RestApi"})
    assert refused({"AWS::SQS::Queue"}, ["sqs:CreateQueue"]) >= {"sqs:DeleteQueue", "sqs:SetQueueAttributes"}


def test_names_that_cloudformation_makes_begin_with_the_whole_stacks_name():
    pattern = EXAMPLE["Parameters"]["StackName"]["AllowedPattern"]
    longest = int(re.search(r"\{0,(\d+)}$", pattern)[1]) + 1
    for kind in ("AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Events::Rule"):
        for name in rendered_template.of_type(rendered_template.as_written()["Resources"], kind):
            assert longest + len(name) + RANDOM_PART + 2 <= MAX_NAME, name


def test_cloudformation_may_do_what_one_service_asks_of_another():
    """Actions of a service that none of its own resource types leads to; from AWS's developer guides."""
    resources = rendered_template.render().values()
    needed = set()
    if any(each["Type"] == "AWS::WAFv2::WebACLAssociation" for each in resources):
        needed.add("apigateway:SetWebACL")
    if any(
        each["Type"] == "AWS::ApiGateway::RestApi" and "Policy" in each["Properties"] for each in resources
    ):
        needed.add("apigateway:UpdateRestApiPolicy")
    if any("KmsKeyId" in each.get("Properties", {}) for each in resources):
        needed |= {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert len(needed) == 4
    assert needed <= set(actions(*statements()))


def test_roles_are_made_and_handed_on_below_the_stacks_name_alone():
    for statement in (each for document in statements() for each in document):
        if statement["Action"] == "iam:CreateServiceLinkedRole":  # which only the service itself can use
            assert statement["Condition"]["StringEquals"].keys() == {"iam:AWSServiceName"}
        elif "iam:" in str(statement["Action"]):
            assert statement["Resource"].argument.endswith(":role/${StackName}-*")


def test_one_subject_is_let_in_whole():
    trust = ROLES["Pipeline"]["Properties"]["AssumeRolePolicyDocument"].argument[0]
    assert '"StringEquals": {"${Issuer}:aud": "${Audience}", "${Issuer}:sub": "${Subject}"}' in trust
