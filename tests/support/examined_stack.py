"""A stack as AWS's read-only calls show it, made of the template; requests and answers have AWS's shapes.

A test changes what is answered: `world["lambda", "get_account_settings"] = {...}`, or a function of the
request, or an error that is raised.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from aws_wire.attribute_values import values
from infra.local.environment import ROOT
from infra.local.tables import read_template
from tollgate.data_versions.data_versions import DATA_VERSION
from tollgate.data_versions.store.mark_table import KEY

NAME = "tollgate-prod"
SENDER = "alerts@example.com"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:topic"
KINDS = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
}
TEMPLATE = read_template(ROOT / "template.yaml")

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]] | Exception


def refused(code: str, message: str = "no", status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Operation")


def physical(name: str) -> str:
    """What AWS calls the template's resource: with 36 characters at least, as a mapping's id has."""
    return f"{NAME}-{name}-{'1' * 22}"


class World(UserDict[tuple[str, str], Answer]):
    """What each call answers; all is well in it. `asked` are the calls that were made."""

    def __init__(self) -> None:
        super().__init__(_all_well())
        self.asked: list[tuple[str, str]] = []
        self.clock_is_off = timedelta(0)
        self.outputs = {
            **{name: physical(name) for name in ("KeysTable", "UsageTable", "AuditTable", "CostsTable")},
            "Version": TEMPLATE["Outputs"]["Version"]["Value"],
            "BaseUrl": "https://gateway.example.com/v1",
            "ApiUrl": "https://gateway.example.com",
            "ApiId": "abc123",
            "AdminTopicArn": TOPIC,
        }
        self.parameters = {
            **{name: str(each.get("Default", "")) for name, each in TEMPLATE["Parameters"].items()},
            "Stage": "prod",
            "SenderEmail": SENDER,
        }
        self.status = "UPDATE_COMPLETE"
        self.drift = "IN_SYNC"
        self["cloudformation", "describe_stacks"] = self._described

    def client(self, service: str) -> Any:
        return _CannedClient(self, service)

    def _described(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["StackName"] != NAME:
            raise refused("ValidationError", f"Stack with id {request['StackName']} does not exist")
        stack = {
            "StackName": NAME,
            "StackStatus": self.status,
            "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
            "DriftInformation": {"StackDriftStatus": self.drift},
            "Outputs": [{"OutputKey": name, "OutputValue": each} for name, each in self.outputs.items()],
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": each} for name, each in self.parameters.items()
            ],
        }
        return {"Stacks": [stack]}


@dataclass
class _CannedClient:
    world: World
    service: str
    methods: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        model = _model(self.service)
        self.methods = {xform_name(name): model.operation_model(name) for name in model.operation_names}

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = self.methods[method]

        def call(**request: Any) -> Any:
            if operation.input_shape is not None:
                validate_parameters(request, operation.input_shape)
            self.world.asked.append((self.service, method))
            answer = self.world[self.service, method]
            if isinstance(answer, Exception):
                raise answer
            given = answer(request) if callable(answer) else answer
            validate_parameters(given, operation.output_shape)
            date = format_datetime(datetime.now(UTC) + self.world.clock_is_off, usegmt=True)
            return {**given, "ResponseMetadata": {"HTTPHeaders": {"date": date}, "HTTPStatusCode": 200}}

        return call


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _all_well() -> dict[tuple[str, str], Answer]:
    resources = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": physical(name),
            "ResourceType": KINDS.get(each["Type"], each["Type"]),
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": datetime(2026, 11, 1, tzinfo=UTC),
        }
        for name, each in TEMPLATE["Resources"].items()
    ]
    return {
        # Two pages, as AWS lists more than a hundred.
        ("cloudformation", "list_stack_resources"): lambda request: (
            {"StackResourceSummaries": resources[40:]}
            if "NextToken" in request
            else {"StackResourceSummaries": resources[:40], "NextToken": "2"}
        ),
        ("sesv2", "get_account"): {
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "SendQuota": {"Max24HourSend": 50_000.0, "SentLast24Hours": 12.0, "MaxSendRate": 14.0},
        },
        ("sesv2", "get_email_identity"): {"VerifiedForSendingStatus": True},
        ("sns", "list_subscriptions_by_topic"): {"Subscriptions": [subscription("ops@example.com")]},
        ("lambda", "get_account_settings"): {
            "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
        },
        ("lambda", "get_function_concurrency"): {},
        ("lambda", "get_event_source_mapping"): {"State": "Enabled", "LastProcessingResult": "OK"},
        ("apigateway", "get_account"): {"throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5000}},
        ("apigateway", "get_stage"): {
            "methodSettings": {
                "*/*": {"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200},
                "/~1v1~1{proxy+}/POST": {"throttlingRateLimit": 1000.0, "throttlingBurstLimit": 1000},
            }
        },
        ("dynamodb", "describe_table"): {
            "Table": {
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
                "DeletionProtectionEnabled": True,
            }
        },
        ("dynamodb", "describe_continuous_backups"): {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
            }
        },
        ("dynamodb", "describe_time_to_live"): {
            "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
        },
        ("dynamodb", "get_item"): data_mark(DATA_VERSION),
        ("sqs", "get_queue_attributes"): {"Attributes": {"ApproximateNumberOfMessages": "0"}},
        ("cloudwatch", "describe_alarms"): lambda request: {
            "MetricAlarms": [alarm(name) for name in request["AlarmNames"]]
        },
        ("cloudwatch", "get_metric_data"): lambda request: {
            "MetricDataResults": [
                {"Id": each["Id"], "Values": [250.0]} for each in request["MetricDataQueries"]
            ]
        },
        ("logs", "describe_log_groups"): lambda request: {
            "logGroups": [{"logGroupName": request["logGroupNamePrefix"], "retentionInDays": 30}]
        },
    }


def subscription(address: str, arn: str = f"{TOPIC}:1") -> dict[str, str]:
    return {"Endpoint": address, "Protocol": "email", "SubscriptionArn": arn, "TopicArn": TOPIC}


def data_mark(reader: int) -> dict[str, Any]:
    """The item that says which code can read the stack's data."""
    mark = {**KEY, "version": reader, "reader": reader, "since": "2026-11-01T00:00:00.000Z"}
    return {"Item": values(mark)}


def alarm(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "StateValue": "OK",
        "ActionsEnabled": True,
        "AlarmDescription": "What it means.",
        **changes,
    }
