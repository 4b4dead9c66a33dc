"""What SAM makes of the template, and what API Gateway would then do with any request."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest

from infra.local.environment import ROOT
from infra.local.front import routes
from infra.local.tables import read_template
from tests.support.rendered_template import deployed, existing, of_type, render
from tollgate_admin.costs.bills.bill_views import Audience
from tollgate_admin.costs.focus import focus_columns
from tollgate_admin.request_log.request_views import RequestView

# As API Gateway's import calls it; it knows no `any`.
ANY = "x-amazon-apigateway-any-method"
METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
PROXY, ADMIN, EXPORT = "ProxyFunction", "AdminFunction", "ExportFunction"
PATHS = {
    "/": PROXY,
    "/elsewhere": PROXY,
    "/favicon.ico": PROXY,
    "/chat/completions": PROXY,
    "/messages": PROXY,
    "/v1": PROXY,
    "/v1/": PROXY,
    "/v1/chat/completions": PROXY,
    "/v1/v1/messages": PROXY,
    "/v1/responses/resp_1/cancel": PROXY,
    "/v1/models/vendor%2Fmodel": PROXY,
    "/v1/usage": ADMIN,
    "/v1/usage/more": PROXY,
    "/v1/packs": ADMIN,
    "/v1/budget-requests": ADMIN,
    "/v1/budget-requests/brq_1/approve": ADMIN,
    "/v1/keys": ADMIN,
    "/v1/keys/key_1": ADMIN,
    "/v1/keys/key_1/budget": ADMIN,
    "/api": PROXY,
    "/api/console": PROXY,
    "/api/admin": ADMIN,
    "/api/admin/": ADMIN,
    "/api/admin/apiKey": ADMIN,
    "/api/admin/apiKey/key_1/budget/reset": ADMIN,
    "/api/admin/requests": ADMIN,
    "/api/admin/requests/req_1": ADMIN,
    "/api/admin/requests/req_1/bodies": ADMIN,
    "/api/admin/requests/export": EXPORT,
    "/api/admin/requests/export/more": ADMIN,
    "/api/admin/costs": ADMIN,
    "/api/admin/costs/overview": ADMIN,
    "/api/admin/costs/export": EXPORT,
    "/api/admin/costs/export/more": ADMIN,
    "/openai/deployments/gpt/chat/completions": PROXY,
}


@pytest.fixture(scope="module")
def rendered():
    return render()


@pytest.fixture(scope="module")
def paths(rendered):
    return paths_of(rendered["Api"])


def paths_of(api):
    return {
        path: {method: with_all(operation) for method, operation in with_all(methods).items()}
        for path, methods in api["Properties"]["Body"]["paths"].items()
    }


def with_all(value):
    """What is there where everything that a parameter may leave out is chosen."""
    while value.keys() == {"Fn::If"}:
        _, value, _ = value["Fn::If"]
    return value


def resource_of(paths, path, *, falls_through):
    """The resource that answers a path: the most literal one, or one that a request falls through to.

    Whether API Gateway, where a resource lacks the method, goes on to a more general one isn't documented.
    """
    parts = tuple(filter(None, path.split("/")))
    candidates = [parts, *((*parts[:length], "{proxy+}") for length in reversed(range(len(parts))))]
    named = {tuple(filter(None, each.split("/"))): each for each in paths}
    if falls_through:
        return next(named[each] for each in candidates if each in named)
    # What lies above a resource is one, too, even if nothing is said of it.
    known = {each[:length] for each in named for length in range(len(each) + 1)}
    return named.get(next(each for each in candidates if each in known))


def function_of(operation):
    uri = with_all(operation["x-amazon-apigateway-integration"]["uri"])["Fn::Sub"]
    return re.search(r"functions/\$\{(\w+)Aliaslive\}/", uri)[1]


@pytest.mark.parametrize("falls_through", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_api_gateway_answers_no_path_and_method_itself(paths, path, falls_through):
    for method in METHODS:
        methods = paths.get(resource_of(paths, path, falls_through=falls_through), {})
        operation = methods.get(method.lower()) or methods.get(ANY)
        assert operation is not None, (method, path)
        assert function_of(operation) == PATHS[path]


def test_the_local_stack_chooses_as_api_gateway_does(paths):
    local = routes.routes_of(read_template(ROOT / "template.yaml"))
    for path, method in product(PATHS, METHODS):
        found = local.match(method, path)
        assert found.route.function == PATHS[path]
        assert found.route.resource == resource_of(paths, path, falls_through=True)


def test_functions_are_called_by_their_alias_alone(rendered, paths):
    """Of what calls $LATEST, an update would have new code meet the old layer."""
    for methods in paths.values():
        for operation in methods.values():
            function_of(operation)
    mappings = of_type(rendered, "AWS::Lambda::EventSourceMapping").values()
    called = [each["Properties"]["FunctionName"] for each in mappings]
    called += [
        target["Arn"]
        for rule in of_type(rendered, "AWS::Events::Rule").values()
        for target in rule["Properties"]["Targets"]
    ]
    called += [
        each["Properties"]["FunctionName"] for each in of_type(rendered, "AWS::Lambda::Permission").values()
    ]
    aliases = of_type(rendered, "AWS::Lambda::Alias")
    assert {name["Ref"] for name in called} == aliases.keys()
    for each in of_type(rendered, "AWS::Lambda::EventInvokeConfig").values():
        assert each["Properties"]["Qualifier"] == "live"


def versions(rendered):
    """By function, its version: what makes a new one is another id, or another description."""
    return {
        each["Properties"]["FunctionName"]["Ref"]: (name, json.dumps(each["Properties"]["Description"]))
        for name, each in of_type(rendered, "AWS::Lambda::Version").items()
    }


def test_a_new_layer_is_a_new_version_of_every_function(rendered):
    before, after = versions(rendered), versions(render({"SharedLayer": "other"}))
    assert before.keys() == after.keys()
    assert all(before[name] != after[name] for name in before)
    assert versions(render()) == before


def test_new_code_is_a_new_version_of_that_function_alone(rendered):
    before, after = versions(rendered), versions(render({"SweeperFunction": "other"}))
    assert {name for name in before if before[name] != after[name]} == {"SweeperFunction"}


def test_old_versions_are_kept_for_the_calls_that_they_serve(rendered):
    for version in of_type(rendered, "AWS::Lambda::Version").values():
        assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"


def test_an_api_has_one_stage(rendered):
    for deployment in of_type(rendered, "AWS::ApiGateway::Deployment").values():
        assert "StageName" not in deployment["Properties"]
    stages = of_type(rendered, "AWS::ApiGateway::Stage").values()
    assert sorted(each["Properties"]["RestApiId"]["Ref"] for each in stages) == ["AdminRestApi", "Api"]


def test_no_role_reads_every_tables_stream(rendered):
    for name, role in of_type(rendered, "AWS::IAM::Role").items():
        assert not [
            each for each in role["Properties"].get("ManagedPolicyArns", []) if "DynamoDB" in str(each)
        ], name
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement.get("Resource") != "*", name
        assert "PermissionsBoundary" in role["Properties"], name


def test_api_gateways_own_answers_are_the_templates(rendered):
    responses, apart = (
        rendered[api]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
        for api in ("Api", "AdminRestApi")
    )
    assert responses == apart
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "INTEGRATION_FAILURE"} <= responses.keys()
    busy = responses["INTEGRATION_FAILURE"]
    assert str(busy["statusCode"]) == "503"
    assert busy["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"
    assert "authorization" not in json.dumps(responses).lower()


def functions_of(resources):
    return {name: each["Properties"] for name, each in of_type(resources, "AWS::Lambda::Function").items()}


def test_by_default_a_call_pays_for_little_memory_and_for_no_traces_and_few_log_lines():
    """What these cost, docs/cold-start.md works out: no default changes without it."""
    resources = deployed()
    functions = functions_of(resources)
    assert {name: each["MemorySize"] for name, each in functions.items()} == {
        "ProxyFunction": 512,
        "BatchesFunction": 512,
        "AdminFunction": 1769,
        "ExportFunction": 1024,
        "RollupFunction": 1769,
        "SweeperFunction": 1769,
        "AlertsFunction": 512,
        "ConsoleFunction": 256,
        "TelemetryFunction": 512,
        "ArchiveFunction": 1769,
    }
    for each in functions.values():
        assert each["TracingConfig"] == {"Mode": "PassThrough"}
        levels = {name: value for name, value in each["LoggingConfig"].items() if name != "LogGroup"}
        assert levels == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
        assert each["LoggingConfig"]["LogGroup"]
        assert each.get("SnapStart", {"ApplyOn": "None"}) == {"ApplyOn": "None"}
    assert resources["ApiStage"]["Properties"]["TracingEnabled"] is False
    assert resources["AlertsFunctionKeys"]["Properties"]["MaximumBatchingWindowInSeconds"] == 10


def test_a_deployment_may_choose_otherwise():
    resources = deployed(
        ProxyMemory="1024",
        SnapStart="on",
        Tracing="on",
        SystemLogLevel="INFO",
        AlertsWindowSeconds="60",
    )
    functions = functions_of(resources)
    assert functions["ProxyFunction"]["MemorySize"] == "1024"
    assert {name for name, each in functions.items() if "SnapStart" in each} == {"ProxyFunction"}
    assert functions["ProxyFunction"]["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    for each in functions.values():
        assert each["TracingConfig"] == {"Mode": "Active"}
        assert each["LoggingConfig"]["ApplicationLogLevel"] == "INFO"  # or metrics get lost
        assert each["LoggingConfig"]["SystemLogLevel"] == "INFO"
    for stage in of_type(resources, "AWS::ApiGateway::Stage").values():
        assert stage["Properties"]["TracingEnabled"] is True
    assert resources["AlertsFunctionKeys"]["Properties"]["MaximumBatchingWindowInSeconds"] == "60"


def test_a_dashboard_and_what_depends_on_the_account_are_watched_where_a_deployment_wants_it():
    usual, more = existing(), existing(Dashboard="on", ConcurrencyAlarmAt="800", SenderEmail="a@example.com")
    assert of_type(usual, "AWS::CloudWatch::Dashboard") == {}
    assert len(of_type(more, "AWS::CloudWatch::Dashboard")) == 1
    added = set(of_type(more, "AWS::CloudWatch::Alarm")) - set(of_type(usual, "AWS::CloudWatch::Alarm"))
    assert added == {"ConcurrencyAlarm", "BouncesAlarm", "ComplaintsAlarm"}
    assert str(more["ConcurrencyAlarm"]["Properties"]["Threshold"]) == "800"


def test_a_deployment_may_tell_of_calls():
    """What and to whom is in a parameter, which the function reads anew: it needs no version."""
    resources = deployed(
        OtlpEndpoint="https://collector.example.com:4318",
        OtlpTemporality="delta",
        OtlpResourceAttributes="team=ai",
        TelemetryConcurrency="2",
    )
    assert functions_of(resources)["TelemetryFunction"]["ReservedConcurrentExecutions"] == "2"
    told = json.loads(resources["OtlpSettings"]["Properties"]["Value"])
    assert (told["endpoint"], told["temporality"]) == ("https://collector.example.com:4318", "delta")
    assert (told["owners"], told["resource"], told["stage"]) == ("off", "team=ai", "dev")
    untold = functions_of(deployed())["TelemetryFunction"]
    assert "ReservedConcurrentExecutions" not in untold
    parts = [name for name in resources if name.startswith(("Telemetry", "Otlp"))]
    assert {resources[name]["Condition"] for name in parts} == {"HasTelemetry"}, (
        "none of it is there by default"
    )
    assert {"TelemetryFunctionRole", "TelemetryFunctionAliaslive", "TelemetryFunctionUsage"} <= set(parts)


def test_models_of_bedrock_may_be_called_where_a_deployment_names_them_and_none_by_default():
    resources = deployed(BedrockModels="anthropic.claude-*", BedrockRegions="eu-*")
    policies = {name: each for name, each in resources.items() if "bedrock" in json.dumps(each).lower()}
    assert {name: each["Condition"] for name, each in policies.items()} == dict.fromkeys(
        ("ProxyBedrock", "AdminBedrock"), "HasBedrock"
    )
    assert "BedrockModels" not in json.dumps(policies)
    statements = policies["ProxyBedrock"]["Properties"]["PolicyDocument"]["Statement"]
    prefix = "arn:${AWS::Partition}:bedrock"
    called = [each["Resource"] for each in statements if "bedrock:InvokeModel" in each["Action"]]
    assert called == [
        [
            f"{prefix}:eu-*::foundation-model/anthropic.claude-*",
            f"{prefix}:eu-*:${{AWS::AccountId}}:inference-profile/*anthropic.claude-*",
        ],
        f"{prefix}:*::foundation-model/anthropic.claude-*",
        [
            f"{prefix}:eu-*:${{AWS::AccountId}}:application-inference-profile/*",
            f"{prefix}:eu-*:${{AWS::AccountId}}:project/default",
        ],
    ]
    (inference,) = (each for each in statements if "bedrock-mantle:CreateInference" in each["Action"])
    assert inference["Condition"] == {"StringLike": {"bedrock-mantle:Model": "anthropic.claude-*"}}
    asked = policies["AdminBedrock"]["Properties"]["PolicyDocument"]["Statement"]
    assert not any("Invoke" in str(each["Action"]) or "Create" in str(each["Action"]) for each in asked)


@pytest.mark.parametrize(
    ("parameter", "value", "changed"),
    [
        ("ProxyMemory", "1024", {"ProxyFunction"}),
        ("SnapStart", "on", {"ProxyFunction"}),
        ("Tracing", "on", "all"),
        ("SystemLogLevel", "INFO", "all"),
        ("AlertsWindowSeconds", "60", set()),
        ("OtlpEndpoint", "https://collector.example.com:4318", set()),
        ("OtlpOwners", "on", set()),
    ],
)
def test_a_setting_of_a_function_is_a_new_version_of_it(parameter, value, changed):
    """Else the alias would stay with a version that has the old one."""
    before, after = versions(deployed()), versions(deployed(**{parameter: value}))
    assert {name for name in before if before[name] != after[name]} == (
        before.keys() if changed == "all" else changed
    )


GRADUAL = "Canary10Percent10Minutes"
# CodeDeploy takes no more of a deployment group.
MAX_GROUP_ALARMS = 10


@pytest.fixture(scope="module")
def gradual():
    return render(parameters={"GradualDeployment": GRADUAL})


def test_by_default_there_is_nothing_of_codedeploy_and_an_alias_moves_at_once(rendered):
    assert not [name for name, each in rendered.items() if each["Type"].startswith("AWS::CodeDeploy::")]
    assert not [each for each in of_type(rendered, "AWS::Lambda::Alias").values() if "UpdatePolicy" in each]
    resources = deployed()
    for name in ("DeploymentRole", "NewVersionAlarm"):
        assert resources[name]["Condition"] == "IsGradual"


def test_a_gradual_deployment_moves_the_proxys_alias_alone_until_an_alarm_stops_it(gradual):
    (group,) = of_type(gradual, "AWS::CodeDeploy::DeploymentGroup").values()
    name, chosen = group["Properties"]["DeploymentConfigName"]["Fn::Sub"]
    assert (name, chosen["ConfigName"]) == ("CodeDeployDefault.Lambda${ConfigName}", GRADUAL)
    policies = {
        alias: each["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]
        for alias, each in of_type(gradual, "AWS::Lambda::Alias").items()
        if "UpdatePolicy" in each
    }
    assert policies == {"ProxyFunctionAliaslive": {"Ref": "ProxyFunctionDeploymentGroup"}}
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
    stopping = [each["Name"]["Ref"] for each in group["Properties"]["AlarmConfiguration"]["Alarms"]]
    assert "NewVersionAlarm" in stopping
    assert len(stopping) <= MAX_GROUP_ALARMS
    assert gradual.keys() >= set(stopping)


def test_the_alarm_of_a_gradual_deployment_counts_the_new_versions_errors_alone(gradual):
    (alias,) = [each for name, each in of_type(gradual, "AWS::Lambda::Alias").items() if "Proxy" in name]
    dimensions = {
        each["Name"]: each["Value"] for each in gradual["NewVersionAlarm"]["Properties"]["Dimensions"]
    }
    assert dimensions["ExecutedVersion"] == alias["Properties"]["FunctionVersion"]
    assert dimensions["Resource"] == {"Fn::Sub": f"${{ProxyFunction}}:{alias['Properties']['Name']}"}


def test_codedeploy_may_move_the_proxys_alias_and_nothing_else(gradual):
    """A role of the template's own: SAM's has no boundary, and may move every function's aliases."""
    (group,) = of_type(gradual, "AWS::CodeDeploy::DeploymentGroup").values()
    assert group["Properties"]["ServiceRoleArn"] == {"Fn::GetAtt": ["DeploymentRole", "Arn"]}
    assert "CodeDeployServiceRole" not in gradual
    role = gradual["DeploymentRole"]["Properties"]
    assert "PermissionsBoundary" in role
    (policy,) = role["Policies"]
    writing = [
        each for each in policy["PolicyDocument"]["Statement"] if "lambda:UpdateAlias" in each["Action"]
    ]
    assert [each["Resource"] for each in writing] == [
        [{"Fn::GetAtt": ["ProxyFunction", "Arn"]}, {"Fn::Sub": "${ProxyFunction.Arn}:*"}]
    ]


def test_every_way_to_deploy_gradually_is_one_that_sam_and_codedeploy_know():
    template = read_template(ROOT / "template.yaml")
    ways = {str(each) for each in template["Parameters"]["GradualDeployment"]["AllowedValues"]}
    assert ways == template["Mappings"]["Deployments"].keys()
    on = {name for name, each in template["Mappings"]["Deployments"].items() if each["Gradual"] == "true"}
    assert on == ways - {"off"}


def test_what_reads_calls_records_is_updated_before_what_writes_them(rendered):
    """Newer code reads what older code has stored, but not the other way round."""
    readers = {f"{name}FunctionAliaslive" for name in ("Rollup", "Alerts", "Sweeper", "Admin")}
    assert set(rendered["ProxyFunction"]["DependsOn"]) == readers
    assert rendered.keys() >= readers


RESTORED = "recovery/20261130T020000Z/{}/AWSDynamoDB/01764468000000-0a1b2c3d/data/"


@pytest.mark.parametrize("chosen", [["Keys"], ["Keys", "Usage", "Costs", "Catalog", "Alerts", "Audit"]])
def test_a_table_is_made_from_an_export_of_itself_and_stays_the_stacks_own(chosen):
    """CloudFormation replaces a table whose source changes, and keeps the one before it."""
    exports = {f"{name}Export": RESTORED.format(name.lower()) for name in chosen}
    before = of_type(deployed(), "AWS::DynamoDB::Table")
    after = of_type(deployed(RestoreBucket="team-exports", **exports), "AWS::DynamoDB::Table")
    assert {name for name in before if before[name] != after[name]} == {f"{name}Table" for name in chosen}
    assert not any("ImportSourceSpecification" in each["Properties"] for each in before.values())
    for name in chosen:
        table = after[f"{name}Table"]
        assert table["UpdateReplacePolicy"] == "Retain"
        source = table["Properties"].pop("ImportSourceSpecification")
        assert source == {
            "S3BucketSource": {"S3Bucket": "team-exports", "S3KeyPrefix": exports[f"{name}Export"]},
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
        }
        assert table == before[f"{name}Table"]  # its stream, expiry and backups, too


def test_seals_are_copied_to_a_bucket_of_the_stacks_own_or_to_another_or_nowhere():
    def of_seals(resources):
        variables = resources["SweeperFunction"]["Properties"]["Environment"]["Variables"]
        policy = resources.get("SweeperSeals", {}).get("Properties", {})
        statements = policy.get("PolicyDocument", {}).get("Statement", [])
        return (
            "Seals" in resources,
            str(variables["SEAL_BUCKET"]),
            [str(each["Resource"]) for each in statements],
        )

    assert of_seals(existing()) == (False, "", [])
    own, named, resources = of_seals(existing(SealBucket="create"))
    assert (own, "Seals" in named) == (True, True)
    assert len(resources) == 2
    assert all("Seals" in each for each in resources)
    own, named, resources = of_seals(existing(SealBucket="auditors-bucket"))
    assert (own, named) == (False, "auditors-bucket")
    assert all("auditors-bucket" in each for each in resources)


BACKUPS = {
    "BackupVault": "AWS::Backup::BackupVault",
    "BackupPlan": "AWS::Backup::BackupPlan",
    "BackupSelection": "AWS::Backup::BackupSelection",
    "BackupRole": "AWS::IAM::Role",
}


def test_daily_backups_are_made_where_a_deployment_says_for_how_long_they_are_kept():
    resources = deployed(
        BackupRetentionDays="365",
        BackupColdAfterDays="30",
        BackupCopyVault="arn:aws:backup:eu-west-1:123456789012:backup-vault:copies",
    )
    assert {name: resources[name]["Type"] for name in BACKUPS} == BACKUPS
    assert {resources[name]["Condition"] for name in BACKUPS} == {"HasBackups"}
    (rule,) = resources["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    kept = {"DeleteAfterDays": "365", "MoveToColdStorageAfterDays": "30"}
    assert rule["Lifecycle"] == kept
    assert rule["CopyActions"] == [
        {
            "DestinationBackupVaultArn": "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies",
            "Lifecycle": kept,
        }
    ]
    kept_tables = {
        name
        for name, table in of_type(resources, "AWS::DynamoDB::Table").items()
        if table["DeletionPolicy"] == "RetainExceptOnCreate"
    }
    selected = resources["BackupSelection"]["Properties"]["BackupSelection"]["Resources"]
    assert {each["Fn::GetAtt"][0] for each in selected} == kept_tables
    # Both outlive the stack: AWS Backup ends backups by the role that made them.
    for name in ("BackupVault", "BackupRole"):
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_vault_has_a_name_of_its_own_for_each_stack_and_key():
    """Vaults are kept, also of a stack or a key that is gone, and no two have the same name."""
    names = set()
    for key in ("none", "create", *(f"arn:aws:kms:eu-west-1:123456789012:key/{each}-3c4e" for each in "ab")):
        vault = deployed(BackupRetentionDays="35", KmsKey=key)["BackupVault"]["Properties"]
        text, parts = vault["BackupVaultName"]["Fn::Sub"]
        names.add(json.dumps(vault["BackupVaultName"]))
        assert "AWS::StackId" in json.dumps(parts["Id"])
        assert "${Id}-${Key}" in text
    assert len(names) == 4


def test_backups_stay_warm_and_are_not_copied_unless_a_deployment_says_so():
    (rule,) = deployed(BackupRetentionDays="35")["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    assert rule["Lifecycle"] == {"DeleteAfterDays": "35"}
    assert "CopyActions" not in rule


def test_the_archive_is_there_where_a_deployment_wants_it_and_for_athena_to_read():
    resources = deployed(Archive="on", Stage="prod", ArchiveRetentionDays="3650")
    parts = {name: each for name, each in resources.items() if name.startswith(("Archive", "archive"))}
    assert {each.get("Condition") for each in parts.values()} == {"HasArchive", "HasArchiveKey"}
    assert resources["ArchiveDatabase"]["Properties"]["DatabaseInput"]["Name"] == "tollgate_prod"
    rules = resources["ArchiveBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules[1]["ExpirationInDays"] == "3650"
    for name, folder in (("ArchivedRequests", "requests"), ("ArchivedCharges", "charges")):
        table = resources[name]["Properties"]["TableInput"]
        place = f"s3://${{ArchiveBucket}}/{folder}/"
        assert table["Parameters"]["storage.location.template"] == f"{place}day=${{!day}}/"
        assert [each["Name"] for each in table["PartitionKeys"]] == ["day"]
        assert table["Parameters"]["projection.enabled"] == "true"


def test_athena_reads_what_the_archives_files_have():
    """Hive takes names in lower case; a column that a file hasn't got would be empty for ever."""
    resources = deployed(Archive="on")

    def columns(name):
        listed = resources[name]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
        return {each["Name"]: each["Type"] for each in listed}

    fields = RequestView.model_json_schema(by_alias=True)["properties"]
    requests = columns("ArchivedRequests")
    assert requests.keys() <= {name.lower() for name in fields}
    # What is made of parts of its own is in the files, and can be declared by whoever needs it.
    left_out = {"otherModels", "packDraws", "billing", "breakdown", "attempts"}
    assert {name for name in fields if name.lower() not in requests} == left_out
    charges = columns("ArchivedCharges")
    assert list(charges) == [name.lower() for name in focus_columns.names(Audience.OPERATOR)]
    assert set(charges.values()) == {"string"}
