"""`sam deploy` to the emulator, and what the stack says of itself afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.build import parameters
from infra.local.environment import CREDENTIAL, REGION, ROOT, TOOLS
from infra.local.local_errors import LocalError
from infra.local.tables import TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

    from infra.local.processes.children import Children

STACK_NAME = "tollgate-local"
STAGE = "local"
ALIAS = "live"
"""By which the template has its functions called."""
DEPLOY_SECONDS = 600

_ARTIFACTS = "tollgate-local-artifacts"
_PARAMETERS = [
    f"Stage={STAGE}",
    "LoopbackProviders=allowed",
    "SenderEmail=tollgate@example.com",
    "AdminEmail=admin@example.com",
]


class DeployError(LocalError):
    """The emulator refused a call."""


@dataclass(frozen=True)
class Deployment:
    outputs: dict[str, str]
    admin_token: str
    functions: dict[str, str]
    """By function, its name in the emulator."""
    tables: dict[str, str]
    """By table, its name in the emulator."""
    environments: dict[str, dict[str, str]]
    """By function, its variables: what `sam local --env-vars` takes."""


class EmulatedAws:
    """Clients for the emulator that can't reach AWS, whatever the machine is configured for."""

    def __init__(self, endpoint_url: str) -> None:
        self._session = boto3.Session(CREDENTIAL, CREDENTIAL, region_name=REGION)
        self._endpoint_url = endpoint_url
        self._config = Config(proxies={}, connect_timeout=5, read_timeout=30, s3={"addressing_style": "path"})

    def s3(self) -> S3Client:
        return self._session.client("s3", endpoint_url=self._endpoint_url, config=self._config)

    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", endpoint_url=self._endpoint_url, config=self._config)

    def ssm(self) -> SSMClient:
        return self._session.client("ssm", endpoint_url=self._endpoint_url, config=self._config)

    def cloudformation(self) -> CloudFormationClient:
        return self._session.client("cloudformation", endpoint_url=self._endpoint_url, config=self._config)

    def lambda_(self) -> LambdaClient:
        return self._session.client("lambda", endpoint_url=self._endpoint_url, config=self._config)

    def iam(self) -> Any:
        return self._session.client("iam", endpoint_url=self._endpoint_url, config=self._config)

    def secretsmanager(self) -> SecretsManagerClient:
        return self._session.client("secretsmanager", endpoint_url=self._endpoint_url, config=self._config)


def deploy(children: Children, template: Path, endpoint_url: str, otlp_endpoint: str = "") -> Deployment:
    """Deploy the built `template`; calls are told to `otlp_endpoint`. Raises ChildError and DeployError."""
    aws = EmulatedAws(endpoint_url)
    try:
        # A bucket of our own rather than --resolve-s3: its stack takes longer than all of ours.
        aws.s3().create_bucket(Bucket=_ARTIFACTS)
        _sam_deploy(children, template, endpoint_url, otlp_endpoint)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"The emulator: {error}") from error
    return deployed(endpoint_url)


def deployed(endpoint_url: str) -> Deployment:
    """What was deployed last. Raises DeployError."""
    aws = EmulatedAws(endpoint_url)
    try:
        (stack,) = aws.cloudformation().describe_stacks(StackName=STACK_NAME)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        secret = aws.secretsmanager().get_secret_value(SecretId=outputs["AdminTokenSecret"])
        functions, tables = _names(aws, "AWS::Lambda::Function"), _names(aws, TABLE)
        environments = _environments(aws, functions)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"The emulator: {error}") from error
    return Deployment(outputs, secret["SecretString"], functions, tables, environments)


def _names(aws: EmulatedAws, kind: str) -> dict[str, str]:
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in aws.cloudformation().get_paginator("list_stack_resources").paginate(StackName=STACK_NAME)
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == kind
    }


def _environments(aws: EmulatedAws, functions: dict[str, str]) -> dict[str, dict[str, str]]:
    client = aws.lambda_()
    configured = {
        logical_id: client.get_function_configuration(FunctionName=name, Qualifier=ALIAS)
        for logical_id, name in functions.items()
    }
    return {logical_id: each["Environment"]["Variables"] for logical_id, each in configured.items()}


def _sam_deploy(children: Children, template: Path, endpoint_url: str, otlp_endpoint: str) -> None:
    children.run(
        "sam deploy",
        [TOOLS / "bin/sam", "deploy", "--template-file", template, "--stack-name", STACK_NAME,
         "--s3-bucket", _ARTIFACTS, "--capabilities", "CAPABILITY_IAM",
         "--no-confirm-changeset", "--no-fail-on-empty-changeset",
         "--parameter-overrides", *parameters(), *_PARAMETERS,
         *([f"OtlpEndpoint={otlp_endpoint}"] if otlp_endpoint else [])],
        cwd=ROOT,
        timeout=DEPLOY_SECONDS,
        environment={"AWS_ENDPOINT_URL": endpoint_url, "SAM_CLI_POLL_DELAY": "0.1"},
    )  # fmt: skip
