"""Puts the door between deployed functions and the emulator."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.deploy import ALIAS, DeployError, EmulatedAws
from infra.local.door.door_server import DoorSettings
from infra.local.door.dynamodb_access import Table
from infra.local.emulator import READY_SECONDS
from infra.local.environment import REGION, ROOT
from infra.local.free_ports import LOOPBACK, answers, free_ports
from infra.local.front.events import ACCOUNT
from infra.local.tables import read_template, table_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.local.deploy import Deployment
    from infra.local.processes.children import Child, Children


def behind_door(
    children: Children, deployment: Deployment, endpoint_url: str, scratch: Path
) -> tuple[Child, str, Deployment]:
    """The door, where it tells what was used, and the deployment with functions that go through it.

    Raises DeployError, ChildError.
    """
    try:
        settings = _settings(deployment, endpoint_url)
        door = _start(children, settings, scratch)
        environments = _lead_through(deployment, endpoint_url, settings.ports)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(f"The emulator: {error}") from error
    return door, _url(settings.record_port), replace(deployment, environments=environments)


def _start(children: Children, settings: DoorSettings, scratch: Path) -> Child:
    path = scratch / "door.json"
    path.write_text(json.dumps(asdict(settings)))
    child = children.start("door", [sys.executable, "-m", "infra.local.door.door_server", path], cwd=ROOT)
    child.require_ready(lambda: answers(settings.record_port), READY_SECONDS)
    return child


def _settings(deployment: Deployment, endpoint_url: str) -> DoorSettings:
    """With the policies of the roles that were deployed."""
    record_port, *ports = free_ports(1 + len(deployment.functions))
    aws = EmulatedAws(endpoint_url)
    roles = _roles(aws, deployment.functions)
    return DoorSettings(
        account=ACCOUNT,
        emulator_port=httpx.URL(endpoint_url).port or 0,
        record_port=record_port,
        ports=dict(zip(deployment.functions, ports, strict=True)),
        roles=roles,
        policies={function: _policies(aws, role) for function, role in roles.items()},
        tables=_tables(deployment.tables),
    )


def _lead_through(
    deployment: Deployment, endpoint_url: str, ports: Mapping[str, int]
) -> dict[str, dict[str, str]]:
    """Each function's variables, which have its own URL of AWS from now on.

    Each becomes a new version, and the alias leads to that, as an update of the stack would do it.
    """
    client = EmulatedAws(endpoint_url).lambda_()
    environments = {
        function: {**deployment.environments[function], "AWS_ENDPOINT_URL": _url(ports[function])}
        for function in deployment.functions
    }
    for function, name in deployment.functions.items():
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": environments[function]}
        )
        version = client.publish_version(FunctionName=name)["Version"]
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)
    return environments


def _url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _roles(aws: EmulatedAws, functions: Mapping[str, str]) -> dict[str, str]:
    client = aws.lambda_()
    arns = {
        function: client.get_function_configuration(FunctionName=name, Qualifier=ALIAS)["Role"]
        for function, name in functions.items()
    }
    return {function: arn.rpartition("/")[2] for function, arn in arns.items()}


def _policies(aws: EmulatedAws, role: str) -> dict[str, dict[str, Any]]:
    """Those of the role itself: what managed ones allow, logs, Lambda does and no function's code."""
    client = aws.iam()
    names = client.list_role_policies(RoleName=role)["PolicyNames"]
    return {
        name: _as_on_aws(client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        for name in names
    }


def _as_on_aws(document: Any) -> dict[str, Any]:
    """Where CloudFormation names a parameter itself, the name begins with a slash in the emulator alone."""
    as_there: dict[str, Any] = json.loads(json.dumps(document).replace(":parameter//", ":parameter/"))
    return as_there


def _tables(names: Mapping[str, str]) -> dict[str, Table]:
    schemas = table_schemas(read_template(ROOT / "template.yaml"))
    return {
        name: Table(
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
            _partition_key(schemas[logical_id]),
            {
                index["IndexName"]: _partition_key(index)
                for index in schemas[logical_id].get("GlobalSecondaryIndexes", [])
            },
        )
        for logical_id, name in names.items()
    }


def _partition_key(schema: Mapping[str, Any]) -> str:
    (name,) = (each["AttributeName"] for each in schema["KeySchema"] if each["KeyType"] == "HASH")
    return str(name)
