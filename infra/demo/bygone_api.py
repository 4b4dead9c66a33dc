"""The admin API in this process, on a stack's tables, by a clock that is moved."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from infra.local.deploy import EmulatedAws
from infra.local.local_errors import LocalError
from tollgate.aws import boto3_clients
from tollgate.catalog.store.provider_keys import Credentials
from tollgate_admin import composition, handler
from tollgate_admin.composition import Composition, Services
from tollgate_admin.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from infra.local.stack import Stack

_ADMIN_FUNCTION = "AdminFunction"


class DemoError(LocalError):
    """What the demo company does was refused."""


class BygoneApi:
    """Each call happens a few milliseconds after the one before, from `now` on."""

    def __init__(self, stack: Stack, now: datetime) -> None:
        self.stack, self.now = stack, now
        self._aws = EmulatedAws(stack.aws_endpoint_url)

    def clock(self) -> datetime:
        return self.now

    @cached_property
    def services(self) -> Services:
        client = boto3_clients.raising_service_errors(self._aws.dynamodb())
        ssm = boto3_clients.raising_service_errors(self._aws.ssm())
        deployed = self._deployed()
        return composition.build_services(
            client, deployed, lambda: Credentials(ssm, deployed.credentials_prefix), self.clock
        )

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: str
    ) -> Any:
        """By the stack's own token unless there is another. Raises DemoError."""
        return self._answered(method, f"/api/admin{path}", body, token or self.stack.admin_token, query)

    def as_holder(self, secret: str, method: str, path: str, body: Any = None) -> Any:
        """What a key's holder does. Raises DemoError."""
        return self._answered(method, f"/v1{path}", body, secret, {})

    def _answered(self, method: str, path: str, body: Any, token: str, query: dict[str, str]) -> Any:
        self.now += timedelta(milliseconds=7)
        event = {
            "httpMethod": method,
            "path": path,
            "headers": {"authorization": f"Bearer {token}", "content-type": "application/json"},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
            "requestContext": {"requestId": f"demo-{self.now:%m%d%H%M%S%f}"},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        context: Any = SimpleNamespace(aws_request_id="demo")
        composed = Composition(lambda: self.services, lambda: self.stack.admin_token, clock=self.clock)
        answer = handler.answered(event, context, composed)
        if answer["statusCode"] >= 300:
            raise DemoError(f"{method} {path} returned {answer['statusCode']}: {answer['body']}")
        return json.loads(answer["body"]) if answer["body"] else None

    def _deployed(self) -> Settings:
        client = self._aws.lambda_()
        (name,) = (
            each["FunctionName"]
            for page in client.get_paginator("list_functions").paginate()
            for each in page["Functions"]
            if f"-{_ADMIN_FUNCTION}-" in each["FunctionName"]
        )
        said = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return Settings(
            keys_table=said["KEYS_TABLE"],
            catalog_table=said["CATALOG_TABLE"],
            costs_table=said["COSTS_TABLE"],
            usage_table=said["USAGE_TABLE"],
            audit_table=said["AUDIT_TABLE"],
            alerts_table=said["ALERTS_TABLE"],
            bodies_table=said["BODIES_TABLE"],
            credentials_prefix=said["CREDENTIALS_PREFIX"],
            admin_token_secret=said["ADMIN_TOKEN_SECRET"],
            alert_debounce=timedelta(seconds=int(said["ALERT_DEBOUNCE_SECONDS"])),
            loopback_providers=True,
            max_key_depth=int(said["MAX_KEY_DEPTH"]),
            default_monthly_quota=None,
            reporting_zone=ZoneInfo(said["REPORTING_ZONE"]),
        )
