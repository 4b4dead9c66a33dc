"""Keys of a running stack, issued as an operator would, and what became of the calls made with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import httpx
from boto3.dynamodb.types import TypeDeserializer

from tests.support.full_records import in_full
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.stack import Stack

TIMEOUT_SECONDS = 60

_deserialize = TypeDeserializer().deserialize


class IssuedKeys:
    """Issues keys, hears of the answers that their clients get, and sees that every call was settled."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._admin = httpx.Client(
            base_url=stack.admin_url,
            headers={"authorization": f"Bearer {stack.admin_token}"},
            timeout=TIMEOUT_SECONDS,
        )
        self._dynamodb = boto3.client(
            "dynamodb", endpoint_url=stack.aws_endpoint_url, region_name=stack.region
        )
        self._ids: list[str] = []
        self._heard: list[Mapping[str, str]] = []

    def close(self) -> None:
        self._admin.close()
        self._dynamodb.close()

    def issue(self, **body: Any) -> dict[str, Any]:
        """A new key, its secret in `key`."""
        key = self.admin("POST", "/apiKey", {"name": "a key", **body})
        self._ids.append(key["id"])
        return key

    def admin(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self._admin.request(method, path, json=body)
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def hear(self, answer: Any) -> None:
        """Takes note of an answer: what clients' hooks call."""
        self._heard.append(dict(answer.headers))

    def stored(self, key_id: str) -> dict[str, Any]:
        """The key as its table has it."""
        found = self._dynamodb.get_item(
            TableName=self._stack.outputs["KeysTable"],
            Key={"key_id": {"S": key_id}},
            ConsistentRead=True,
        )
        return _plain(found["Item"])

    def records(self, key_id: str) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._stack.outputs["UsageTable"],
            KeyConditionExpression="key_id = :key",
            ExpressionAttributeValues={":key": {"S": key_id}},
            ConsistentRead=True,
        )
        return [in_full(_plain(item)) for page in pages for item in page["Items"]]

    def record(self, key_id: str, request_id: str) -> dict[str, Any]:
        """The one record of a request."""
        (record,) = [each for each in self.records(key_id) if each["request_id"] == request_id]
        return record

    def settled(self, key_id: str) -> dict[str, Any]:
        """The key once nothing is held on it."""
        return until(lambda: (key := self.stored(key_id))["holds"] == {} and key)

    def require_settled(self) -> None:
        """Every call that was made has ended: in one record, and without a hold."""
        for key_id in self._ids:
            self.settled(key_id)
        recorded = [record["request_id"] for key_id in self._ids for record in self.records(key_id)]
        assert len(recorded) == len(set(recorded))
        assert (
            served(self._heard) <= set(recorded) <= {headers.get("x-request-id") for headers in self._heard}
        )


def served(answers: list[Mapping[str, str]]) -> set[str]:
    """The requests that providers have answered, those left out that were answered from a kept answer."""
    return {
        headers["x-request-id"]
        for headers in answers
        if "x-tollgate-model" in headers and "x-tollgate-replayed-request-id" not in headers
    }


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}
