"""The proxy's own client of DynamoDB, and boto3's for what only others ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire import dynamodb as wire
from infra.local.environment import CREDENTIAL, REGION

if TYPE_CHECKING:
    from collections.abc import Sequence


class ProxyClient:
    """What listens for boto3's requests hears of each that the proxy's client sends."""

    def __init__(self, boto3_client: Any) -> None:
        # Not that of the process, which is another one's in some tests: the tables are this account's.
        environment = {
            "AWS_ACCESS_KEY_ID": CREDENTIAL,
            "AWS_SECRET_ACCESS_KEY": CREDENTIAL,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_DYNAMODB": boto3_client.meta.endpoint_url,
        }
        self._wire: Any = wire.connect(environment)
        self._boto3 = boto3_client

    def __getattr__(self, operation: str) -> Any:
        if not hasattr(self._wire, operation):
            return getattr(self._boto3, operation)

        def call(**request: Any) -> Any:
            self._tell(operation, request)
            return getattr(self._wire, operation)(**request)

        return call

    def begin_update_items(self, requests: Sequence[dict[str, Any]]) -> Any:
        for request in requests:
            self._tell("update_item", request)
        return self._wire.begin_update_items(requests)

    def _tell(self, operation: str, request: dict[str, Any]) -> None:
        name = operation.title().replace("_", "")
        event = f"provide-client-params.dynamodb.{name}"
        self._boto3.meta.events.emit(event, params=request, model=None, context={})
