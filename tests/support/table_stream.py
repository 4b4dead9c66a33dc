"""A table's stream, as DynamoDB Local has it, with the records that a function's mapping lets through."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3

from infra.local.environment import CREDENTIAL, REGION, ROOT
from infra.local.tables import read_template, table_schemas


class TableStream:
    """DynamoDB Local's own stream of `table`, which template.yaml declares as `logical_id`, filtered as its
    event source `mapping` says.
    """

    def __init__(self, dynamodb: Any, table: str, logical_id: str, mapping: str) -> None:
        self._client = _streams(dynamodb.meta.endpoint_url)
        described = dynamodb.describe_table(TableName=table)["Table"]
        if "LatestStreamArn" not in described:
            declared = table_schemas(_template())[logical_id]["StreamSpecification"]
            described = dynamodb.update_table(TableName=table, StreamSpecification=declared)[
                "TableDescription"
            ]
        filters = _template()["Resources"][mapping]["Properties"]["FilterCriteria"]["Filters"]
        self._filters = [json.loads(each["Pattern"]) for each in filters]
        self._arn = described["LatestStreamArn"]
        (self._shard,) = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._at: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}

    @property
    def shard(self) -> str:
        name: str = self._shard["ShardId"]
        return name

    def read(self) -> list[dict[str, Any]]:
        """What was changed since the last read, in Lambda's format; a thousand changes of it at most."""
        iterator = self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=self._shard["ShardId"], **self._at
        )["ShardIterator"]
        found: list[dict[str, Any]] = self._client.get_records(ShardIterator=iterator)["Records"]
        if found:
            last = found[-1]["dynamodb"]["SequenceNumber"]
            self._at = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        for each in found:
            for image in ("OldImage", "NewImage"):
                _mend(each["dynamodb"].get(image, {}))
        return [each for each in found if any(_matches(each, pattern) for pattern in self._filters)]


@cache
def _template() -> dict[str, Any]:
    return read_template(ROOT / "template.yaml")


@cache
def _streams(endpoint_url: str) -> Any:
    return boto3.client(
        "dynamodbstreams",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def _mend(image: dict[str, Any]) -> None:
    """Gives empty maps their type, which DynamoDB Local leaves out of its streams."""
    for value in image.values():
        _mend_value(value)


def _mend_value(value: dict[str, Any]) -> None:
    if not value:
        value["M"] = {}
    _mend(value.get("M", {}))
    for each in value.get("L", ()):
        _mend_value(each)


def _is_wanted(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return value.startswith(wanted["prefix"]) if "prefix" in wanted else wanted["exists"] is True


def _matches(part: Any, pattern: Any) -> bool:
    """Whether all attributes exist that a pattern asks for, with one of the values that it names."""
    return all(
        name in part
        and (
            any(_is_wanted(part[name], each) for each in wanted)
            if isinstance(wanted, list)
            else _matches(part[name], wanted)
        )
        for name, wanted in pattern.items()
    )
