"""A stack as AWS shows it, asked by calls that only read, each with the permission that it needs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tollgate_cli.operations import aws_failures, stack_description
from tollgate_cli.operations.aws_failures import NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate_cli.operations.aws_access import AwsAccess
    from tollgate_cli.operations.stack_description import StackDescription

# The IAM action of each call, by boto3's names of service and method. docs/doctor.md has them as a policy.
PERMISSIONS: Final = {
    ("cloudformation", "describe_stacks"): "cloudformation:DescribeStacks",
    ("cloudformation", "list_stack_resources"): "cloudformation:ListStackResources",
    ("sesv2", "get_account"): "ses:GetAccount",
    ("sesv2", "get_email_identity"): "ses:GetEmailIdentity",
    ("sns", "list_subscriptions_by_topic"): "sns:ListSubscriptionsByTopic",
    ("lambda", "get_account_settings"): "lambda:GetAccountSettings",
    ("lambda", "get_function_concurrency"): "lambda:GetFunctionConcurrency",
    ("lambda", "get_event_source_mapping"): "lambda:GetEventSourceMapping",
    ("apigateway", "get_stage"): "apigateway:GET",
    ("apigateway", "get_account"): "apigateway:GET",
    ("dynamodb", "describe_table"): "dynamodb:DescribeTable",
    ("dynamodb", "describe_continuous_backups"): "dynamodb:DescribeContinuousBackups",
    ("dynamodb", "describe_time_to_live"): "dynamodb:DescribeTimeToLive",
    ("dynamodb", "get_item"): "dynamodb:GetItem",
    ("sqs", "get_queue_attributes"): "sqs:GetQueueAttributes",
    ("cloudwatch", "describe_alarms"): "cloudwatch:DescribeAlarms",
    ("cloudwatch", "get_metric_data"): "cloudwatch:GetMetricData",
    ("logs", "describe_log_groups"): "logs:DescribeLogGroups",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """What CloudFormation made of a part of the template: `name` is the template's, `id` AWS's."""

    name: str
    kind: str
    id: str


@dataclass
class StackView:
    """Everything is asked for once, when a check needs it, and raises `CommandError` if AWS refuses."""

    aws: AwsAccess
    name: str

    @cached_property
    def description(self) -> StackDescription:
        try:
            return stack_description.describe(self.aws, self.name)
        except NotAllowedError as error:
            raise _needing(("cloudformation", "describe_stacks"), error) from error

    def require_stack(self) -> None:
        """Raises `CommandError` if there is no such stack, but not for want of a permission."""
        with suppress(NotAllowedError):
            _ = self.description

    def ask(self, service: str, method: str, **request: Any) -> Any:
        """Raises `NotAllowedError` with the permission that is needed, and `CommandError`."""
        permission = PERMISSIONS[service, method]
        try:
            with aws_failures.in_words(f"AWS refuses {permission}"):
                return getattr(self._client(service), method)(**request)
        except NotAllowedError as error:
            raise _needing((service, method), error) from error

    def pages(self, service: str, method: str, token: tuple[str, str], **request: Any) -> Iterator[Any]:
        """All answers of a list: `token` is what the next page is called in an answer, and in a request."""
        answered, asked = token
        while True:
            answer = self.ask(service, method, **request)
            yield answer
            if not answer.get(answered):
                return
            request[asked] = answer[answered]

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """By their names in the template. Functions' versions, roles and the like are among them."""
        found = self.pages(
            "cloudformation", "list_stack_resources", ("NextToken", "NextToken"), StackName=self.name
        )
        return {
            each["LogicalResourceId"]: Resource(
                each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", "")
            )
            for page in found
            for each in page["StackResourceSummaries"]
        }

    def of_kind(self, kind: str) -> list[Resource]:
        """Such as `AWS::DynamoDB::Table`."""
        return [each for each in self.resources.values() if each.kind == kind]

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.aws.client(service)
        return self._clients[service]

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}


def _needing(call: tuple[str, str], error: NotAllowedError) -> NotAllowedError:
    return NotAllowedError(error.message, PERMISSIONS[call])
