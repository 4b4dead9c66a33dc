"""The example's role for CloudFormation knows each service that the stack has something of."""

from __future__ import annotations

from infra.local.environment import ROOT
from infra.local.tables import read_template
from tests.support import rendered_template

ROLES = read_template(ROOT / "docs/examples/cloudformation/deploy-roles.yaml")["Resources"]


def statements():
    (resources,) = ROLES["Execution"]["Properties"]["Policies"]
    documents = [resources["PolicyDocument"], ROLES["ExecutionOptions"]["Properties"]["PolicyDocument"]]
    return [statement for document in documents for statement in document["Statement"]]


def actions():
    for statement in statements():
        named = statement["Action"]
        yield from named if isinstance(named, list) else [named]


def test_cloudformation_may_make_what_the_template_declares():
    services = {each["Type"].split("::")[1] for each in rendered_template.render().values()}
    allowed = {action.partition(":")[0] for action in actions()}
    assert {each for each in services if each.lower() not in allowed} == set()


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
    assert needed <= set(actions())


def test_roles_are_made_and_handed_on_below_the_stacks_name_alone():
    for statement in statements():
        if "iam:" in str(statement["Action"]):
            assert statement["Resource"].argument.endswith(":role/${StackName}-*")


def test_one_subject_is_let_in_whole():
    trust = ROLES["Pipeline"]["Properties"]["AssumeRolePolicyDocument"].argument[0]
    assert '"StringEquals": {"${Issuer}:aud": "${Audience}", "${Issuer}:sub": "${Subject}"}' in trust
