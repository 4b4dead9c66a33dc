"""The tables that template.yaml declares, for creating them outside CloudFormation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "AWS::DynamoDB::Table"

# What decides how a table answers; the rest is encryption, backups and names.
_SCHEMA = (
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "StreamSpecification",
)


@dataclass(frozen=True)
class Intrinsic:
    """A CloudFormation function: `!Ref Stage` is Intrinsic("Ref", "Stage")."""

    name: str
    argument: Any


class _TemplateLoader(yaml.SafeLoader):
    pass


def _intrinsic(loader: _TemplateLoader, name: str, node: yaml.Node) -> Intrinsic:
    if isinstance(node, yaml.SequenceNode):
        return Intrinsic(name, loader.construct_sequence(node, deep=True))
    if isinstance(node, yaml.MappingNode):
        return Intrinsic(name, loader.construct_mapping(node, deep=True))
    return Intrinsic(name, node.value)


_TemplateLoader.add_multi_constructor("!", _intrinsic)


def read_template(path: Path) -> dict[str, Any]:
    """A CloudFormation template written with short tags."""
    loader = _TemplateLoader(path.read_text())
    try:
        template: dict[str, Any] = loader.get_single_data()
    finally:
        loader.dispose()
    return template


def table_schemas(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By logical id, what CreateTable wants beside a name. Raises ValueError if it needs CloudFormation."""
    return {
        logical_id: _schema(logical_id, resource["Properties"])
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == TABLE
    }


def create_tables(
    client: DynamoDBClient, schemas: Mapping[str, Mapping[str, Any]], prefix: str
) -> dict[str, str]:
    """Creates every table, and returns logical id -> name."""
    names = {logical_id: f"{prefix}-{logical_id}" for logical_id in schemas}
    for logical_id, schema in schemas.items():
        client.create_table(TableName=names[logical_id], **schema)
    for name in names.values():
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return names


def _schema(logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    schema = {name: properties[name] for name in _SCHEMA if name in properties}
    if _has_intrinsic(schema):
        raise ValueError(f"The schema of {logical_id} has a CloudFormation function in it.")
    if "StreamSpecification" in schema:
        # CloudFormation takes a view type for a stream that is on.
        schema["StreamSpecification"] = {"StreamEnabled": True, **schema["StreamSpecification"]}
    return {**schema, "BillingMode": "PAY_PER_REQUEST"}


def _has_intrinsic(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_has_intrinsic, value.values()))
    if isinstance(value, list):
        return any(map(_has_intrinsic, value))
    return isinstance(value, Intrinsic)
