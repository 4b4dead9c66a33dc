"""What each parameter of safety makes of the template, and that without it there is nothing of it."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.rendered_template import deployed, existing, of_type, outputs, render

KEY = "arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"
ACL = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/ours/01234567-89ab-cdef-0123-456789abcdef"
CREATED = {"Fn::GetAtt": ["EncryptionKey", "Arn"]}
# What has functions of its own.
TOLD = {"OtlpEndpoint": "https://otlp.example.com"}
ADMINISTRATION = [
    f"execute-api:/dev/*/{path}" for path in ("api/admin", "api/admin/*", "console", "console/*")
]
DOMAIN = {
    "DomainName": "llm.example.com",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/1",
}
EXECUTE_API = "https://${%s}.execute-api.${AWS::Region}.${AWS::URLSuffix}/dev"


def properties(resources, kind):
    return {name: each["Properties"] for name, each in of_type(resources, kind).items()}


def test_by_default_there_is_nothing_that_costs_money_or_needs_something_of_the_account():
    kinds = {each["Type"] for each in existing().values()}
    of_choice = ("KMS", "WAFv2", "Route53", "ApiGateway::DomainName", "ApiGateway::Account", "EC2")
    assert not [kind for kind in kinds if kind.removeprefix("AWS::").startswith(of_choice)]
    apis = of_type(existing(), "AWS::ApiGateway::RestApi")
    assert apis.keys() == {"Api"}
    assert not [
        each for each in properties(existing(), "AWS::Lambda::Function").values() if "VpcConfig" in each
    ]
    assert "AccessLogSetting" not in existing()["ApiStage"]["Properties"]


# --- Encryption


# Where each kind of resource names its key.
ENCRYPTED = {
    "AWS::Logs::LogGroup": lambda of: of.get("KmsKeyId"),
    "AWS::SQS::Queue": lambda of: of.get("KmsMasterKeyId"),
    "AWS::SNS::Topic": lambda of: of.get("KmsMasterKeyId"),
    "AWS::SecretsManager::Secret": lambda of: of.get("KmsKeyId"),
    "AWS::DynamoDB::Table": lambda of: of.get("SSESpecification", {}).get("KMSMasterKeyId"),
}


@pytest.mark.parametrize(("chosen", "key"), [("none", None), ("create", CREATED), (KEY, KEY)])
def test_all_that_is_kept_is_encrypted_by_the_key_that_is_chosen(chosen, key):
    resources = existing(KmsKey=chosen, AccessLog="on", **TOLD)
    for kind, named in ENCRYPTED.items():
        found = properties(resources, kind)
        assert found, kind
        assert {name: named(each) for name, each in found.items()} == dict.fromkeys(found, key), kind
    for name, queue in properties(resources, "AWS::SQS::Queue").items():
        # A queue takes one of the two.
        assert queue.get("SqsManagedSseEnabled") == (True if key is None else None), name
    told = resources["AdminFunction"]["Properties"]["Environment"]["Variables"]
    assert told.get("CREDENTIALS_KEY") == key


def test_a_created_key_outlives_the_stack_and_serves_what_acts_for_nobody():
    resources = existing(KmsKey="create")
    (key,) = of_type(resources, "AWS::KMS::Key").values()
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"  # as tables do
    assert key["Properties"]["EnableKeyRotation"] is True
    by_sid = {each["Sid"]: each for each in key["Properties"]["KeyPolicy"]["Statement"]}
    assert {sid: each["Principal"] for sid, each in by_sid.items()} == {
        "Account": {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
        "Logs": {"Service": "logs.${AWS::Region}.${AWS::URLSuffix}"},
        "Alarms": {"Service": "cloudwatch.amazonaws.com"},
    }
    assert all("Condition" in by_sid[sid] for sid in ("Logs", "Alarms"))
    assert not of_type(existing(KmsKey=KEY), "AWS::KMS::Key")


def test_a_function_may_have_services_use_the_key_for_it_and_do_nothing_with_it_itself():
    uses = {}
    for name, policy in of_type(existing(KmsKey=KEY, **TOLD), "AWS::IAM::Policy").items():
        if "kms:" not in json.dumps(policy):
            continue
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert statement["Resource"] == KEY, name
        services = statement["Condition"]["StringEquals"]["kms:ViaService"]
        for role in policy["Properties"]["Roles"]:
            function = role["Ref"].removesuffix("FunctionRole")
            for service in services if isinstance(services, list) else [services]:
                uses.setdefault(service.partition(".")[0], set()).add(function)
    secrets = {"Proxy", "Batches", "Admin", "Export", "Telemetry"}
    messages = {"Rollup", "Sweeper", "Alerts", "Telemetry"}
    everybody = secrets | messages
    assert uses == {
        "dynamodb": everybody,
        "sqs": messages,
        "sns": messages,
        "ssm": secrets,
        "secretsmanager": secrets,
    }
    policies = of_type(existing(), "AWS::IAM::Policy")
    assert not [name for name, each in policies.items() if "kms:" in json.dumps(each)]


def test_a_stream_is_read_only_when_its_key_may_be_used():
    """AWS looks whether the function may, when it creates the mapping."""
    kind = "AWS::Lambda::EventSourceMapping"
    with_key, without = (properties(existing(KmsKey=key, **TOLD), kind) for key in ("create", "none"))
    for name, mapping in with_key.items():
        start = without[name]["StartingPosition"]
        assert start in {"TRIM_HORIZON", "LATEST"}
        assert mapping["StartingPosition"] == {"Fn::Select": [0, [start, {"Ref": "TablesKey"}]]}


# --- The admin API


def denied(api):
    """What an API's policy denies, and to whom."""
    everybody, *others = api["Properties"]["Policy"]["Statement"]
    assert (everybody["Effect"], everybody["Resource"]) == ("Allow", "execute-api:/*")
    assert {each["Effect"] for each in others} <= {"Deny"}
    return [(each["Resource"], each.get("Condition")) for each in others]


def sources_of(resources):
    return resources["ApiStage"]["Properties"].get("Variables", {}).get("AdminSources")


def test_a_shared_admin_api_may_be_limited_to_ranges_of_addresses():
    resources = existing()
    assert (denied(resources["Api"]), sources_of(resources)) == ([], None)
    resources = existing(AdminCidrs="192.0.2.0/24,2001:db8::/32")
    elsewhere = {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}
    assert denied(resources["Api"]) == [(ADMINISTRATION, elsewhere)]
    assert sources_of(resources) == "192.0.2.0/24,2001:db8::/32"


@pytest.mark.parametrize("where", ["apart", "private"])
def test_with_an_admin_api_of_its_own_the_public_one_has_no_administration(where):
    resources = existing(AdminApi=where, AdminCidrs="10.0.0.0/8", AdminVpcEndpoints="vpce-1,vpce-2")
    assert denied(resources["Api"]) == [(ADMINISTRATION, None)]
    assert sources_of(resources) == "none"
    assert "AdminSources" not in resources["AdminRestApiStage"]["Properties"]["Variables"]


def test_an_admin_api_apart_is_for_its_ranges_alone():
    api = existing(AdminApi="apart")["AdminRestApi"]
    assert api["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert denied(api) == []
    ranges = {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}
    assert denied(existing(AdminApi="apart", AdminCidrs="192.0.2.0/24")["AdminRestApi"]) == [
        ("execute-api:/*", ranges)
    ]


def test_a_private_admin_api_is_for_its_endpoints_alone():
    endpoints = {"StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}
    chosen = {"AdminApi": "private", "AdminVpcEndpoints": "vpce-1,vpce-2"}
    api = existing(**chosen)["AdminRestApi"]
    assert api["Properties"]["EndpointConfiguration"] == {
        "Types": ["PRIVATE"],
        "VpcEndpointIds": ["vpce-1", "vpce-2"],
    }
    assert denied(api) == [("execute-api:/*", endpoints)]
    # Such a request's address is one in the VPC, which has a condition of its own.
    ranges = {"NotIpAddress": {"aws:VpcSourceIp": ["10.0.0.0/8"]}}
    assert denied(existing(**chosen, AdminCidrs="10.0.0.0/8")["AdminRestApi"])[1:] == [
        ("execute-api:/*", ranges)
    ]


def routes_of(api):
    paths = api["Properties"]["Body"]["paths"]
    return {path: (list(methods), integrations(methods)) for path, methods in paths.items()}


def integrations(methods):
    (integration,) = (each["x-amazon-apigateway-integration"] for each in methods.values())
    return {
        **{name: integration[name] for name in ("type", "httpMethod")},
        "function": re.search(r"functions/\$\{(\w+)\.?Aliaslive\}", json.dumps(integration["uri"]))[1],
        "streams": "response-streaming-invocations" in json.dumps(integration["uri"]),
        "mode": integration.get("responseTransferMode"),
        "timeout": integration.get("timeoutInMillis"),
    }


@pytest.mark.parametrize("console", ["on", "off"])
def test_the_admin_api_serves_what_the_other_does_besides(console):
    """So the console finds self-service beside it, and whoever has one URL has all."""
    resources = existing(AdminApi="apart", Console=console)
    assert routes_of(resources["AdminRestApi"]) == routes_of(resources["Api"])
    same = ("x-amazon-apigateway-gateway-responses", "x-amazon-apigateway-binary-media-types")
    for part in same:
        bodies = [resources[api]["Properties"]["Body"][part] for api in ("AdminRestApi", "Api")]
        assert bodies[0] == bodies[1], part
    limits = [resources[f"{api}Stage"]["Properties"]["MethodSettings"] for api in ("AdminRestApi", "Api")]
    assert limits[0] == limits[1]
    called = {each["function"] for _, each in routes_of(resources["AdminRestApi"]).values()}
    may = {
        each["FunctionName"]["Ref"].removesuffix("Aliaslive")
        for each in properties(resources, "AWS::Lambda::Permission").values()
        if "AdminRestApi" in json.dumps(each["SourceArn"])
    }
    assert may == called
    assert ("ConsoleFunction" in may) == (console == "on")


def test_a_deployment_is_made_whatever_changes_of_an_api():
    """SAM makes one where the template's text is another; policies and routes are in force by one alone."""
    for name, deployment in of_type(existing(AdminApi="apart"), "AWS::ApiGateway::Deployment").items():
        (api,) = (each for each in ("AdminRestApi", "Api") if name.startswith(f"{each}Deployment"))
        assert deployment["Properties"]["RestApiId"] == {"Ref": api}
    text = json.dumps(deployed())
    assert "AdminRestApiDeployment" in text


# --- Firewall, domain, TLS


def test_a_firewall_stands_before_each_api():
    chosen = {"none": None, "create": {"Fn::GetAtt": ["WebAcl", "Arn"]}, ACL: ACL}
    for waf, acl in chosen.items():
        for where, apis in {"shared": ["Api"], "apart": ["AdminRestApi", "Api"]}.items():
            resources = existing(Waf=waf, AdminApi=where)
            assert ("WebAcl" in resources) == (waf == "create")
            found = properties(resources, "AWS::WAFv2::WebACLAssociation").values()
            guarded = sorted(
                re.findall(r"restapis/\$\{(\w+)\}/stages/\$\{\1\.?Stage\}", json.dumps(list(found)))
            )
            assert guarded == (apis if acl else [])
            assert all(each["WebACLArn"] == acl for each in found)


def test_the_firewall_counts_by_address_and_shows_nobodys_key():
    acl = existing(Waf="create", WafRate="500")["WebAcl"]["Properties"]
    rate, reputation = acl["Rules"]
    assert rate["Statement"]["RateBasedStatement"]["Limit"] == "500"
    assert rate["Action"] == {"Block": {}}
    assert reputation["OverrideAction"] == {"None": {}}
    (protected,) = acl["DataProtectionConfig"]["DataProtections"]
    assert set(protected["Field"]["FieldKeys"]) == {
        "authorization",
        "x-api-key",
        "api-key",
    }  # all that keys are in
    assert "Body" not in json.dumps(acl["Rules"])


def test_a_stack_with_a_domain_tells_its_urls():
    assert outputs()["BaseUrl"] == f"{EXECUTE_API % 'Api'}/v1"
    told = outputs(**DOMAIN)
    assert told["ApiUrl"] == "https://llm.example.com"
    assert told["BaseUrl"] == "https://llm.example.com/v1"
    assert told["ConsoleUrl"] == "https://llm.example.com/console/"
    told = outputs(**DOMAIN, BasePath="team", AdminApi="apart")
    assert told["BaseUrl"] == "https://llm.example.com/team/v1"
    assert told["AdminUrl"] == f"{EXECUTE_API % 'AdminRestApi'}/api/admin"
    assert told["ConsoleUrl"] == f"{EXECUTE_API % 'AdminRestApi'}/console/"
    stage = existing(**DOMAIN, BasePath="team", AdminApi="apart")["AdminRestApiStage"]["Properties"]
    assert stage["Variables"]["CallsUrl"] == told["ApiUrl"]
    stage = existing(AdminApi="apart")["AdminRestApiStage"]["Properties"]
    assert stage["Variables"]["CallsUrl"] == outputs()["ApiUrl"]


def test_a_domain_leads_to_the_stage_and_may_be_the_only_way_to_it():
    resources = existing(**DOMAIN, BasePath="team", HostedZoneId="Z123", DefaultEndpoint="off")
    mapping = resources["DomainMapping"]["Properties"]
    assert (mapping["BasePath"], mapping["Stage"]) == ("team", {"Ref": "ApiStage"})
    assert resources["DomainRecord"]["Properties"]["HostedZoneId"] == "Z123"
    assert "DomainRecord" not in existing(**DOMAIN)
    assert "BasePath" not in existing(**DOMAIN)["DomainMapping"]["Properties"]
    for chosen, disabled in {"off": True, "on": False}.items():
        api = existing(**DOMAIN, DefaultEndpoint=chosen)["Api"]["Properties"]["Body"]
        served = [server["x-amazon-apigateway-endpoint-configuration"] for server in api["servers"]]
        assert served == [{"disableExecuteApiEndpoint": disabled}]


def test_clients_use_tls_as_the_deployment_chooses_and_never_an_old_one():
    for chosen in ({}, {"TlsPolicy": "TLS_1_2"}, {"TlsPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}):
        resources = existing(**DOMAIN, **chosen, AdminApi="apart")
        policy = chosen.get("TlsPolicy", "SecurityPolicy_TLS13_1_2_2021_06")
        # Which the newer policies need, and the older ones don't know.
        mode = "BASIC" if policy.startswith("SecurityPolicy_") else None
        for name in ("Api", "AdminRestApi", "Domain"):
            found = resources[name]["Properties"]
            assert (found["SecurityPolicy"], found.get("EndpointAccessMode")) == (policy, mode), name


# --- Access log, VPC


def test_an_access_log_is_json_and_has_nothing_that_a_client_has_written():
    for name in ("ApiStage", "AdminRestApiStage"):
        stage = existing(AccessLog="on", AdminApi="apart")[name]["Properties"]
        logged = json.loads(stage["AccessLogSetting"]["Format"])
        said = set(logged.values())
        assert all(re.fullmatch(r"\$context(\.\w+)+", each) for each in said)
        # A path or a header may have a key in it, API Gateway's own message repeats one.
        told_by_clients = ("$context.path", "$context.identity.userAgent", "$context.error.message")
        assert not [each for each in said if each.startswith(told_by_clients)]
        assert {"$context.resourcePath", "$context.status", "$context.requestId"} <= said


def test_the_accounts_role_for_logs_is_left_alone_unless_the_deployment_says_so():
    assert "ApiLogsAccount" not in existing(AccessLog="on")
    resources = existing(AccessLog="on", CreateApiLogsRole="true")
    for name in ("ApiLogsAccount", "ApiLogsRole"):
        assert resources[name]["DeletionPolicy"] == "Retain"
    assert resources["ApiLogsAccount"]["DependsOn"] == "Api"
    destination = resources["ApiStage"]["Properties"]["AccessLogSetting"]["DestinationArn"]
    assert {"Ref": "ApiLogsAccount"} in destination["Fn::Select"][1]  # so it's there before it is needed


def test_functions_run_in_a_vpc_if_there_is_one_and_can_do_nothing_to_its_network():
    chosen = {"VpcSubnets": "subnet-01234567,subnet-89abcdef", "VpcSecurityGroups": "sg-01234567"}
    functions = properties(existing(**chosen, **TOLD), "AWS::Lambda::Function")
    vpc = {"SubnetIds": ["subnet-01234567", "subnet-89abcdef"], "SecurityGroupIds": ["sg-01234567"]}
    assert {name: each["VpcConfig"] for name, each in functions.items()} == dict.fromkeys(functions, vpc)
    for resources in (existing(**TOLD), existing(**chosen, **TOLD)):
        policy = resources["NoNetworkInterfaces"]["Properties"]
        assert {role["Ref"].removesuffix("Role") for role in policy["Roles"]} == functions.keys()
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        # Lambda itself makes them by the same role, and then names no function as the one that asks.
        ((key, functions_of_all_names),) = statement["Condition"]["ArnLike"].items()
        assert key == "lambda:SourceFunctionArn"
        assert functions_of_all_names.endswith(":function:*")  # CloudFormation cuts off a long stack's name


def test_what_is_too_long_for_a_versions_description_is_in_it_by_the_layers_number():
    """Else aliases would stay with versions outside the VPC, or that use another key, or tables of before."""
    layers = set()
    for chosen in ({}, {"KmsKey": KEY}, {"VpcSubnets": "subnet-01234567"}, {"TableGeneration": "1"}):
        resources = render(None, chosen)
        (layer,) = of_type(
            resources, "AWS::Lambda::LayerVersion"
        )  # whose id its description is part of, as it is
        layers.add(layer)
        for version in properties(resources, "AWS::Lambda::Version").values():
            _, values = version["Description"]["Fn::Sub"]
            # arn:aws:lambda:region:account:layer:name:number
            assert values == {"Layer": {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": layer}]}]}}
    assert len(layers) == 4
