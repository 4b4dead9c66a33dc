"""What template.yaml must hold that an emulator doesn't miss and AWS does."""

from __future__ import annotations

import importlib
import json
import os
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import available_timezones

from infra.local.deploy import ALIAS
from infra.local.environment import ROOT
from infra.local.front import routes
from infra.local.tables import Intrinsic, read_template
from tollgate.admins.admins import Role
from tollgate.keys.store.key_writes import PENDING_AUDIT
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.seals.chain_check import StoredSeal
from tollgate.seals.day_seals import Name, Section
from tollgate.seals.leaf_lists import Leaf, LeafList
from tollgate.seals.store.seal_table import list_to_item, to_item
from tollgate_admin.oidc import oidc_settings
from tollgate_admin.oidc.oidc_settings import OidcSettings

TEMPLATE = read_template(ROOT / "template.yaml")


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == kind
    }


def streaming() -> dict[str, dict[str, Any]]:
    """The functions that a runtime of our own serves."""
    return {
        name: function
        for name, function in resources("AWS::Serverless::Function").items()
        if "AWS_LAMBDA_EXEC_WRAPPER" in function["Environment"]["Variables"]
    }


def allowed(function: str, resource: str) -> set[str]:
    """What a function may do to what a statement names just so, such as `KeysTable.Arn`."""
    policies = resources("AWS::Serverless::Function")[function].get("Policies", [])
    return {
        action
        for policy in policies
        for each in policy["Statement"]
        if each["Effect"] == "Allow"
        for named in listed(each["Resource"])
        if getattr(named, "argument", named) == resource
        for action in listed(each["Action"])
    }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# By its mapping: which function reads which table's stream, and where what it gives up goes.
STREAMS = {
    "RollupFunctionUsage": ("RollupFunction", "UsageTable", "RollupFailures"),
    "AlertsFunctionKeys": ("AlertsFunction", "KeysTable", "AlertsFailures"),
    "TelemetryFunctionUsage": ("TelemetryFunction", "UsageTable", "TelemetryFailures"),
}


def test_a_function_reads_the_stream_that_it_is_for_and_no_other():
    """SAM's own events of streams come with a policy for those of all tables, its schedules with none."""
    mappings = resources("AWS::Lambda::EventSourceMapping")
    assert mappings.keys() == STREAMS.keys()
    for name, (function, table, _) in STREAMS.items():
        assert mappings[name]["FunctionName"].argument == f"{function}.Alias"
        assert mappings[name]["EventSourceArn"].argument == f"{table}.StreamArn"
        reads = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
        assert allowed(function, f"{table}.StreamArn") == reads
        assert allowed(function, f"${{{table}.Arn}}/stream/*") == {"dynamodb:ListStreams"}
    readers = Counter(table for _, table, _ in STREAMS.values())
    assert max(readers.values()) == 2, "DynamoDB serves two readers of a shard, and throttles a third"
    kinds = {
        event["Type"]
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
    }
    assert kinds == {"Api", "Schedule"}


def test_a_function_may_send_to_the_queue_of_its_failures():
    """Without, AWS refuses to create the mapping. SAM grants what a function's own configuration names."""
    for name, (function, _, queue) in STREAMS.items():
        destination = resources("AWS::Lambda::EventSourceMapping")[name]["DestinationConfig"]["OnFailure"]
        assert destination["Destination"].argument == f"{queue}.Arn"
        assert allowed(function, f"{queue}.Arn") == {"sqs:SendMessage"}
    asynchronous = resources("AWS::Serverless::Function")["SweeperFunction"]["EventInvokeConfig"]
    assert asynchronous["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


# By the beginning of their tables' names: what can be made from an export of itself.
RESTORABLE = ("Keys", "Usage", "Costs", "Catalog", "Alerts", "Audit")
# What they hold is of use for days.
SHORT_LIVED = {"ResponsesTable", "AnswersTable", "BatchesTable", "BodiesTable"}


def test_every_table_is_backed_up_and_outlives_the_stack():
    tables = {
        name: table for name, table in resources("AWS::DynamoDB::Table").items() if name not in SHORT_LIVED
    }
    for name, table in tables.items():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["DeletionProtectionEnabled"].name == "If", name
        assert TEMPLATE["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate", name
    assert tables.keys() == {f"{name}Table" for name in RESTORABLE}


def test_what_is_kept_for_a_while_expires():
    tables = resources("AWS::DynamoDB::Table")
    for name in (*SHORT_LIVED, "UsageTable", "AlertsTable"):
        expiry = {"AttributeName": "expires_at", "Enabled": True}
        assert tables[name]["TimeToLiveSpecification"] == expiry, name


def test_a_hold_outlives_the_function_and_an_answer_api_gateways_patience():
    proxy = resources("AWS::Serverless::Function")["ProxyFunction"]
    variables = proxy["Environment"]["Variables"]
    assert int(variables["FUNCTION_TIMEOUT_SECONDS"]) == proxy["Timeout"]
    assert int(variables["ANSWER_TIMEOUT_SECONDS"]) < proxy["Timeout"]


def test_what_streams_does_so_for_as_long_as_the_function_runs():
    """The function answers in no other form, to which API Gateway would say 500."""
    for function in streaming().values():
        for event in function["Events"].values():
            assert event["Properties"]["ResponseTransferMode"] == "RESPONSE_STREAM"
            assert event["Properties"]["TimeoutInMillis"] == function["Timeout"] * 1000
    paths = {event["Properties"]["Path"] for event in streaming()["ProxyFunction"]["Events"].values()}
    assert {"/", "/{proxy+}", "/v1/{proxy+}"} <= paths


def test_every_resource_has_all_methods_and_a_route_for_what_lies_below_it():
    """So API Gateway never answers a path itself, by whichever rule it goes from one resource to another."""
    tree = routes.routes_of(TEMPLATE).resources
    for segments, methods in tree.items():
        assert methods.keys() == {"ANY"}, segments
        if segments[-1] != "{proxy+}":
            below = ("{proxy+}",) if segments == ("",) else (*segments, "{proxy+}")
            assert below in tree, segments
    assert ("",) in tree


def test_the_runtime_that_streams_is_where_the_function_looks_for_it_and_can_be_run():
    layer = resources("AWS::Serverless::LayerVersion")["SharedLayer"]["ContentUri"]
    for function in streaming().values():
        variables = function["Environment"]["Variables"]
        wrapper = PurePosixPath(variables["AWS_LAMBDA_EXEC_WRAPPER"]).relative_to("/opt")
        assert os.access(ROOT / layer / wrapper, os.X_OK)
        module, _, name = variables["STREAMING_HANDLER"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_what_is_streamed_is_answered_by_functions_that_stream_and_the_rest_by_others():
    """Of a function's routes all stream or none: it answers in one form alone."""
    by_function: dict[str, set[bool]] = {}
    for route in routes.routes_of(TEMPLATE).all():
        by_function.setdefault(route.function, set()).add(route.streams)
    assert {name for name, streams in by_function.items() if streams == {True}} == streaming().keys()
    assert all(len(streams) == 1 for streams in by_function.values())


def test_the_export_is_told_what_the_admin_function_is_and_may_read_alone():
    """It is the same code, which reads the same settings when it starts."""
    functions = resources("AWS::Serverless::Function")
    admin, export = (functions[name] for name in ("AdminFunction", "ExportFunction"))
    variables = dict(export["Environment"]["Variables"])
    assert variables.pop("STREAMING_HANDLER") == "tollgate_admin.streaming.stream"
    assert variables.pop("AWS_LAMBDA_EXEC_WRAPPER") == "/opt/stream"
    assert variables == admin["Environment"]["Variables"]
    assert export["CodeUri"] == admin["CodeUri"]
    granted = (each for each in export["Policies"][0]["Statement"] if each["Effect"] == "Allow")
    assert {action for each in granted for action in listed(each["Action"])} == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
    }


def test_what_lies_above_and_beside_the_export_has_routes_of_its_own():
    """API Gateway makes resources of the export's path, which hide the admin function's route to the rest."""
    found = routes.routes_of(TEMPLATE)
    for above, besides in (("requests", ("", "/req_1", "/req_1/bodies")), ("costs", ("", "/overview"))):
        for path in besides:
            other = found.match("GET", f"/api/admin/{above}{path}")
            assert other is not None
            assert (other.route.function, other.route.streams) == ("AdminFunction", False)
            assert other.route.resource.startswith(f"/api/admin/{above}")
        export = found.match("GET", f"/api/admin/{above}/export")
        assert export is not None
        assert (export.route.function, export.route.streams) == ("ExportFunction", True)


def test_the_console_may_read_at_which_issuer_one_signs_in_and_nothing_else():
    (policy,) = resources("AWS::Serverless::Function")["ConsoleFunction"]["Policies"]
    (statement,) = (each for each in policy["Statement"] if each["Effect"] == "Allow")
    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"].argument.endswith(":parameter/${OidcSettings}")


def test_a_stack_without_the_console_has_no_part_of_it():
    parts = {"ConsoleFunction": "HasConsole", "ConsoleLogs": "HasConsole"}
    assert {name: TEMPLATE["Resources"][name].get("Condition") for name in parts} == parts
    assert TEMPLATE["Outputs"]["ConsoleUrl"]["Condition"] == "HasConsole"


def test_a_stack_that_tells_nobody_of_calls_has_no_part_of_it():
    parts = {
        name: each.get("Condition")
        for name, each in TEMPLATE["Resources"].items()
        if name.startswith(("Telemetry", "Otlp"))
    }
    assert parts.keys() >= {"TelemetryFunction", "TelemetryFunctionUsage", "OtlpSettings", "TelemetryLogs"}
    assert set(parts.values()) == {"HasTelemetry"}
    assert TEMPLATE["Parameters"]["OtlpEndpoint"]["Default"] == ""


def test_whoever_tells_of_calls_reads_providers_and_parameters_and_writes_nothing():
    """What keys are called, what they hide and who owns them isn't in its reach."""
    assert allowed("TelemetryFunction", "CatalogTable.Arn") == {"dynamodb:Query"}
    (policy,) = resources("AWS::Serverless::Function")["TelemetryFunction"]["Policies"]
    (query,) = (each for each in policy["Statement"] if each["Action"] == "dynamodb:Query")
    assert query["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["provider"]}}
    tables = resources("AWS::DynamoDB::Table")
    assert [name for name in tables if allowed("TelemetryFunction", f"{name}.Arn")] == ["CatalogTable"]
    (read,) = (each for each in policy["Statement"] if each["Action"] == "ssm:GetParameter")
    assert [resource.argument.rpartition(":parameter/")[2] for resource in read["Resource"]] == [
        "${OtlpSettings}",
        "tollgate/${AWS::StackName}/otlp/*",
    ]


def test_what_is_told_of_calls_is_what_the_function_reads():
    """Whatever parameters may be, it is JSON."""
    chosen = {
        "OtlpEndpoint": "https://[2001:db8::1]:4318/otlp/~a%20b",
        "OtlpMetricsEndpoint": "http://collector.internal:4318",
        "OtlpResourceAttributes": "service.name=llm gateway,team=a%2Cb@c",
    }
    for name, value in chosen.items():
        pattern = re.compile(TEMPLATE["Parameters"][name]["AllowedPattern"])
        assert pattern.fullmatch(value)
        assert pattern.fullmatch("")
        for broken in ('"', "\\", "\n", "a b://c", "https://user@host", "https://host/?q"):
            assert not pattern.fullmatch(broken), (name, broken)
    written = TEMPLATE["Resources"]["OtlpSettings"]["Properties"]["Value"].argument
    defaults = {name: each.get("Default", "") for name, each in TEMPLATE["Parameters"].items()}
    given = {**defaults, **chosen}
    told = json.loads(re.sub(r"\$\{(\w+)}", lambda found: given[found[1]], written))
    assert told == {
        "endpoint": chosen["OtlpEndpoint"],
        "metricsEndpoint": chosen["OtlpMetricsEndpoint"],
        "signals": "traces,metrics",
        "temporality": "cumulative",
        "sampler": "parentbased_always_on",
        "owners": "off",
        "stage": "dev",
        "resource": chosen["OtlpResourceAttributes"],
    }


def test_no_function_is_given_more_than_it_names():
    for name, function in resources("AWS::Serverless::Function").items():
        for policy in function.get("Policies", []):
            for statement in policy["Statement"]:
                if statement["Effect"] == "Allow":
                    assert "*" not in "".join(statement["Action"]), name
                    assert statement["Resource"] != "*", name


def test_the_ledgers_functions_go_by_the_same_policy():
    functions = resources("AWS::Serverless::Function")
    for name in ("ABANDONED_HOLDS", "USAGE_RETENTION_DAYS"):
        given = {
            functions[each]["Environment"]["Variables"][name] for each in ("ProxyFunction", "SweeperFunction")
        }
        assert len(given) == 1, name


def test_an_abandoned_request_is_charged_unless_the_deployment_says_otherwise():
    assert TEMPLATE["Parameters"]["AbandonedHolds"]["Default"] == AbandonedPolicy.CHARGE
    assert set(TEMPLATE["Parameters"]["AbandonedHolds"]["AllowedValues"]) == set(AbandonedPolicy)


def test_bodies_are_encrypted_and_whoever_keeps_them_can_not_read_them():
    for table in ("BodiesTable", "AnswersTable"):
        encryption = resources("AWS::DynamoDB::Table")[table]["SSESpecification"]
        assert (encryption["SSEEnabled"], encryption["SSEType"]) == (True, "KMS")
    allowed = {
        name: str(statement["Action"])
        for name, function in resources("AWS::Serverless::Function").items()
        for policy in function.get("Policies", [])
        for statement in policy["Statement"]
        if "BodiesTable" in str(statement.get("Resource"))
    }
    assert allowed == {"ProxyFunction": "dynamodb:PutItem", "AdminFunction": "dynamodb:Query"}


def test_those_who_write_summaries_may_and_the_admin_function_deletes_of_the_catalog():
    for function in ("AlertsFunction", "SweeperFunction"):
        summary = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}
        assert summary <= allowed(function, "CostsTable.Arn")
    assert "dynamodb:DeleteItem" in allowed("AdminFunction", "CatalogTable.Arn")
    for table in ("CostsTable", "UsageTable", "AuditTable"):
        assert "dynamodb:DeleteItem" not in allowed("AdminFunction", f"{table}.Arn")


def test_nobody_may_change_or_remove_what_the_audit_has():
    for function in resources("AWS::Serverless::Function"):
        may = allowed(function, "AuditTable.Arn") | allowed(function, "${AuditTable.Arn}/index/time")
        reads = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
        assert may <= {*reads, "dynamodb:PutItem"}, function


DAY = date(2026, 11, 27)
LIST = (Section.USAGE, 0, LeafList((Leaf(Name("req_1", "key_1"), bytes(32)),)))


def test_the_sweeper_puts_seals_into_the_audit_table_and_nothing_else():
    (policy,) = resources("AWS::Serverless::Function")["SweeperFunction"]["Policies"]
    (put,) = (
        each
        for each in policy["Statement"]
        if "dynamodb:PutItem" in listed(each["Action"]) and "AuditTable" in str(each["Resource"])
    )
    assert put["Action"] == "dynamodb:PutItem"
    assert put["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["seal#*"]}}
    entities = {to_item(StoredSeal(DAY, "", {}))["entity"], list_to_item(DAY, *LIST)["entity"]}
    assert all(each.startswith("seal#") for each in entities)


def test_a_bucket_of_seals_keeps_what_it_is_given_for_longer_than_the_stack():
    bucket = TEMPLATE["Resources"]["Seals"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    retention = bucket["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (retention["Mode"], retention["Days"].argument) == ("COMPLIANCE", "SealLockDays")
    policy = TEMPLATE["Resources"]["SweeperSeals"]
    actions = {
        action for each in policy["Properties"]["PolicyDocument"]["Statement"] for action in each["Action"]
    }
    assert not any("Delete" in action or "Retention" in action or "*" in action for action in actions)
    conditions = {
        name: TEMPLATE["Resources"][name]["Condition"] for name in ("Seals", "SealsPolicy", "SweeperSeals")
    }
    assert conditions == {
        "Seals": "CreatesSeals",
        "SealsPolicy": "CreatesSeals",
        "SweeperSeals": "HasSealBucket",
    }


def test_the_sweeper_is_scheduled_and_its_failures_are_kept():
    sweeper = resources("AWS::Serverless::Function")["SweeperFunction"]
    schedules = {
        json.loads(event["Properties"]["Input"])["task"]: event["Properties"]["Schedule"]
        for event in sweeper["Events"].values()
    }
    assert schedules == {"sweep": "rate(5 minutes)", "audit": "rate(1 day)", "seal": "rate(1 hour)"}
    assert sweeper["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    assert sweeper["Timeout"] == 900


def test_alerts_follow_the_keys_that_have_a_budget_or_packs_and_all_that_are_edited_come_or_go():
    """AWS takes five patterns, unless one asks it for more."""
    events = resources("AWS::Serverless::Function")["AlertsFunction"]["Events"]
    stream = resources("AWS::Lambda::EventSourceMapping")["AlertsFunctionKeys"]
    patterns = [json.loads(each["Pattern"]) for each in stream["FilterCriteria"]["Filters"]]
    exists = [{"exists": True}]
    assert patterns == [
        {"dynamodb": {"NewImage": {"budget_limit": {"N": exists}}}},
        {"dynamodb": {"NewImage": {"quota_limit": {"N": exists}}}},
        {"dynamodb": {"NewImage": {PENDING_AUDIT: {"M": {"id": {"S": exists}}}}}},
        {"dynamodb": {"NewImage": {"packs_left": {"N": exists}}}},
        {
            "eventName": ["INSERT", "REMOVE"],
            "dynamodb": {"Keys": {"key_id": {"S": [{"prefix": "key_"}]}}},
        },
    ]
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    come_back = events["ComeBack"]["Properties"]
    assert (come_back["Schedule"], json.loads(come_back["Input"])) == (
        "rate(1 minute)",
        {"task": "come back"},
    )


def test_mails_are_sent_from_the_deployments_sender_alone():
    (policy,) = resources("AWS::Serverless::Function")["AlertsFunction"]["Policies"]
    (sending,) = [each for each in policy["Statement"] if each["Action"] == "ses:SendEmail"]
    assert sending["Condition"]["StringEquals"]["ses:FromAddress"].argument == "SenderEmail"
    # The set that an identity has by default is asked for, too, whoever has set it.
    named = [resource.argument.rpartition(":")[2] for resource in sending["Resource"]]
    assert named == ["identity/*", "configuration-set/*"]


def test_a_sender_that_ses_knows_already_can_be_used_and_one_that_is_made_outlives_the_stack():
    sender = TEMPLATE["Resources"]["Sender"]
    given, wanted = TEMPLATE["Conditions"][sender["Condition"]].argument
    assert str(given.argument).count("SenderEmail") == 1
    assert [getattr(each, "argument", each) for each in wanted.argument] == ["CreateSenderIdentity", "true"]
    # Left by a creation that failed, it would be one that SES knows already when that is tried again.
    assert sender["DeletionPolicy"] == "RetainExceptOnCreate"
    assert sender["UpdateReplacePolicy"] == "Retain"
    samconfig = tomllib.loads((ROOT / "samconfig.toml").read_text())
    assert "CreateSenderIdentity=false" in samconfig["prod"]["global"]["parameters"]["parameter_overrides"]


def test_whoever_adds_up_or_reads_days_goes_by_the_same_zone():
    functions = resources("AWS::Serverless::Function")
    zones = {
        name: function["Environment"]["Variables"].get("REPORTING_ZONE")
        for name, function in functions.items()
        if "COSTS_TABLE" in function["Environment"]["Variables"]
    }
    assert zones.pop("SweeperFunction") is None  # it keeps summaries there, which are of no day
    assert {zone.argument for zone in zones.values()} == {"ReportingZone"}
    assert zones.keys() == {
        "RollupFunction",
        "AlertsFunction",
        "AdminFunction",
        "ExportFunction",
        "ArchiveFunction",
    }


def test_every_zone_can_be_reported_in_and_is_known_to_the_functions():
    """Lambda's image need not have the time zone database; each function brings it along."""
    pattern = re.compile(TEMPLATE["Parameters"]["ReportingZone"]["AllowedPattern"])
    assert [zone for zone in available_timezones() if not pattern.fullmatch(zone)] == []
    assert not pattern.fullmatch("")
    for folder in ("rollup", "alerts", "admin"):
        assert "tzdata==" in (ROOT / "functions" / folder / "requirements.txt").read_text()


def test_a_record_of_the_deepest_tree_fits_into_one_write():
    """See `MarkedRecords`: a key has at most 20 tags, a transaction 100 items, one of them the marker."""
    deepest = TEMPLATE["Parameters"]["MaxKeyDepth"]["MaxValue"]
    assert 2 * (7 + 2 * deepest + 20) + 1 <= 100


def test_a_poisoned_record_is_parked_before_its_shard_is_lost():
    stream = resources("AWS::Lambda::EventSourceMapping")["RollupFunctionUsage"]
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert 0 < stream["MaximumRetryAttempts"] < 100
    assert stream["DestinationConfig"]["OnFailure"]["Destination"].argument == "RollupFailures.Arn"


def test_the_rollup_knows_its_shards_and_gets_their_records_in_order():
    """Lambda names the shard only in events of tumbling windows, of which it has one batch at a time."""
    stream = resources("AWS::Lambda::EventSourceMapping")["RollupFunctionUsage"]
    assert stream["TumblingWindowInSeconds"] > 0
    assert stream["ParallelizationFactor"] == 1
    assert stream["MaximumBatchingWindowInSeconds"].argument == "RollupWindowSeconds"
    window = TEMPLATE["Parameters"]["RollupWindowSeconds"]
    assert 0 < window["Default"] < window["MaxValue"] == 60


def test_days_are_closed_by_a_schedule_whose_failures_are_kept():
    rollup = resources("AWS::Serverless::Function")["RollupFunction"]
    (event,) = rollup["Events"].values()
    assert json.loads(event["Properties"]["Input"]) == {"task": "close"}
    assert rollup["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    needs = {"PutItem", "UpdateItem", "GetItem", "BatchGetItem", "Query"}
    assert allowed("RollupFunction", "CostsTable.Arn") == {f"dynamodb:{action}" for action in needs}
    for function in ("AdminFunction", "AlertsFunction"):
        reads = {f"dynamodb:{action}" for action in ("GetItem", "BatchGetItem", "Query")}
        assert reads <= allowed(function, "CostsTable.Arn"), function


# What no version of a function is made of, or on AWS is always empty.
_UNVERSIONED = {
    "ReservedConcurrentExecutions",
    "Policies",
    "Events",
    "EventInvokeConfig",
    "VersionDescription",
    "DeploymentPreference",
}
_SAM_LOCAL = {"AwsEndpointUrl"}


def parameters_of(value: Any) -> set[str]:
    """The parameters that a part of the template takes values of."""
    if isinstance(value, Intrinsic):
        named = value.argument if isinstance(value.argument, str) else ""
        found = {named} | set(re.findall(r"\$\{(\w+)}", named))
        if value.name == "If":
            found |= parameters_of(TEMPLATE["Conditions"][value.argument[0]])
        return (found & TEMPLATE["Parameters"].keys()) | parameters_of(value.argument)
    if isinstance(value, dict):
        value = list(value.values())
    return set().union(*map(parameters_of, value)) if isinstance(value, list) else set()


def test_whatever_changes_of_a_function_its_alias_has_it_with_the_layer_it_was_made_for():
    """SAM makes a version where the template's text changes: parameters' values have to be said besides."""
    shared = TEMPLATE["Globals"]["Function"]
    assert (shared["AutoPublishAlias"], shared["AutoPublishAliasAllProperties"]) == (ALIAS, True)
    assert resources("AWS::Serverless::LayerVersion")["SharedLayer"]["PublishLambdaVersion"] is True
    common = {name: value for name, value in shared.items() if name != "PermissionsBoundary"}
    for name, function in resources("AWS::Serverless::Function").items():
        versioned = {key: value for key, value in function.items() if key not in _UNVERSIONED}
        told = parameters_of(common) | parameters_of(versioned) | generation_of(function)
        text, named = function["VersionDescription"].argument
        # A layer with another description has another number, which each function's version has in its own.
        assert named["Layer"].argument[1].argument[1].argument == "SharedLayer", name
        assert "${Layer}" in text, name
        assert described_in(text) == told - described_in(LAYER) - _SAM_LOCAL, name
        # A version goes with its function's UpdateReplacePolicy; calls of the old one may still run.
        assert TEMPLATE["Resources"][name]["UpdateReplacePolicy"] == "Retain", name
        assert "DeletionPolicy" not in TEMPLATE["Resources"][name], name


def generation_of(function: dict[str, Any]) -> set[str]:
    """Of a function that is told a table's name, which no parameter says, what changes along with it."""
    told = function["Environment"]["Variables"].values()
    tables = {f"{name}Table" for name in RESTORABLE}
    return {"TableGeneration"} if any(getattr(each, "argument", "") in tables for each in told) else set()


def test_no_versions_description_is_longer_than_lambda_takes():
    for name, function in resources("AWS::Serverless::Function").items():
        text, _ = function["VersionDescription"].argument
        assert length_of(text) + len("9999") <= 256, name
    assert length_of(LAYER) <= 256


LAYER = resources("AWS::Serverless::LayerVersion")["SharedLayer"]["Description"].argument


def described_in(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)}", text)) & TEMPLATE["Parameters"].keys()


def length_of(text: str) -> int:
    """The most characters that a text with parameters' values in it can have."""
    values = (longest(TEMPLATE["Parameters"][each]) for each in described_in(text))
    return len(re.sub(r"\$\{\w+}", "", text)) + sum(values)


def longest(parameter: dict[str, Any]) -> int:
    """How long a parameter's value may be; of numbers without a bound seven digits are enough."""
    if "AllowedValues" in parameter:
        return max(map(len, map(str, parameter["AllowedValues"])))
    if parameter["Type"] == "Number":
        return len(str(parameter.get("MaxValue", 9_999_999)))
    return int(parameter.get("MaxLength", 32))


def test_every_parameter_says_what_it_is_for_and_is_used():
    text = (ROOT / "template.yaml").read_text()
    described = (ROOT / "docs/deployment.md").read_text()
    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter.get("Description"), name
        assert f"`{name}`" in described, name
        assert re.search(rf"!Ref {name}\b|\${{{name}}}", text), name


def test_each_function_may_be_given_room_of_its_own():
    """None by default: a new account has ten at once in all."""
    for name, function in resources("AWS::Serverless::Function").items():
        reserved = f"{name.removesuffix('Function')}Concurrency"
        condition, value, _nothing = function["ReservedConcurrentExecutions"].argument
        assert (condition, value.argument) == (f"Has{reserved}", reserved)
        assert TEMPLATE["Parameters"][reserved]["Default"] == 0
    settings = TEMPLATE["Resources"]["Api"]["Properties"]["MethodSettings"]
    assert [each["ResourcePath"] for each in settings] == ["/*", "/~1v1~1{proxy+}", "/~1{proxy+}"]
    for limit in ("Rate", "Burst"):
        limits = [each[f"Throttling{limit}Limit"].argument[1].argument for each in settings]
        assert limits == [f"Throttle{limit}", *[f"CallThrottle{limit}"] * 2]


def test_no_key_takes_all_that_lambda_runs_for_an_account():
    default = TEMPLATE["Parameters"]["DefaultMaxParallel"]["Default"]
    assert 0 < default < 1000


def test_api_gateways_own_answers_repeat_nothing_of_the_request():
    """Its message of a route that isn't there has the Authorization header in it."""
    responses = TEMPLATE["Resources"]["Api"]["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN"} <= responses.keys()
    for name, response in responses.items():
        (template,) = response["ResponseTemplates"].values()
        assert set(re.findall(r"\$[\w.]+", template)) == {"$context.requestId"}, name
        body = json.loads(template)
        assert body["type"] == "error", name
        assert {"message", "type", "code"} <= body["error"].keys(), name


def test_where_lambda_has_no_room_a_client_is_told_to_come_back():
    responses = TEMPLATE["Resources"]["Api"]["Properties"]["GatewayResponses"]
    assert responses["INTEGRATION_FAILURE"]["StatusCode"] == 503
    for name in ("INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "THROTTLED", "DEFAULT_5XX"):
        assert responses[name]["ResponseParameters"]["Headers"]["Retry-After"] == "'1'"


def test_the_stack_says_where_it_is():
    assert TEMPLATE["Outputs"]["Region"]["Value"].argument == "AWS::Region"


def test_how_admins_sign_in_is_written_down_as_the_function_reads_it():
    """Each value stands between quotes, which none may contain, nor what JSON has no room for in a text."""
    parameters = {name: each for name, each in TEMPLATE["Parameters"].items() if name.startswith("Oidc")}
    text = TEMPLATE["Resources"]["OidcSettings"]["Properties"]["Value"].argument
    values = {"OidcIssuer": "https://id.example.com/x", "OidcClientId": "console", "OidcOwners": "a b, c"}
    for name in re.findall(r"\$\{(\w+)}", text):
        pattern = re.compile(parameters[name]["AllowedPattern"])
        assert not any(pattern.fullmatch(f"x{each}") for each in ('"', "\\", "\n", "\t")), name
        text = text.replace(f"${{{name}}}", values.get(name, str(parameters[name]["Default"])))
    assert oidc_settings.parsed(text) == OidcSettings(
        values["OidcIssuer"], "console", "groups", (("a b", Role.OWNER), ("c", Role.OWNER))
    )
    origins = re.compile(parameters["OidcOrigins"]["AllowedPattern"])
    assert origins.fullmatch("https://a.example.com http://127.0.0.1:5000")
    for none in ("https://a.example.com;script-src", "https://a.example.com/x", "https://*", "https://u@a.b"):
        assert not origins.fullmatch(none), none
    longest_text = len(text) + sum(each["MaxLength"] for each in parameters.values())
    assert longest_text < 4096  # of a parameter that costs nothing
