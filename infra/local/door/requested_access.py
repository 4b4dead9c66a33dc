"""What an HTTP request to AWS asks for, by the services that functions call.

Actions and resources: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from infra.local.door.dynamodb_access import DynamoDbRequests, UnknownRequestError
from infra.local.door.policies import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

# By the service of the signature's scope, how the service calls itself in X-Amz-Target.
_TARGETS = {"dynamodb": "DynamoDB_20120810", "secretsmanager": "secretsmanager", "ssm": "AmazonSSM"}
_SCOPE = re.compile(r"Credential=[^/\s]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_PARAMETERS = frozenset({"DeleteParameter", "GetParameter", "PutParameter"})
_SEND_EMAIL = "POST /v2/email/outbound-emails"


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", 0))


@dataclass(frozen=True)
class Requests:
    account: str
    dynamodb: DynamoDbRequests

    def accesses(self, request: HttpRequest) -> list[Access]:
        """All that must be allowed. Raises UnknownRequestError."""
        found = _SCOPE.search(request.headers.get("authorization", ""))
        if found is None:
            raise UnknownRequestError(f"{request.method} {request.path}, which isn't signed")
        region, service = found.groups()
        try:
            if service in _TARGETS:
                return self._of_target(service, region, request)
            if service == "sns":
                return [_publication(request)]
            if service == "ses":
                return self._mail(region, request)
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise UnknownRequestError(f"{service}: {error!r}") from error
        raise UnknownRequestError(f"{service}: {request.method} {request.path}")

    def _of_target(self, service: str, region: str, request: HttpRequest) -> list[Access]:
        target, _, operation = request.headers["x-amz-target"].partition(".")
        if target != _TARGETS[service]:
            raise UnknownRequestError(f"{service}: {target}")
        asked: dict[str, Any] = json.loads(request.body)
        if service == "dynamodb":
            return list(self.dynamodb.accesses(operation, asked))
        if service == "ssm" and operation in _PARAMETERS:
            name = asked["Name"].removeprefix("/")
            return [Access(f"ssm:{operation}", f"{self._arn('ssm', region)}:parameter/{name}")]
        if service == "secretsmanager" and operation == "GetSecretValue":
            # An ARN on AWS. The emulator refers to a secret by its name, in policies and variables alike.
            return [Access("secretsmanager:GetSecretValue", asked["SecretId"])]
        raise UnknownRequestError(f"{service}:{operation}")

    def _mail(self, region: str, request: HttpRequest) -> list[Access]:
        """Of SES's API v2; an address may be an identity itself, or its domain is one."""
        if f"{request.method} {request.path}" != _SEND_EMAIL:
            raise UnknownRequestError(f"ses: {request.method} {request.path}")
        asked: dict[str, Any] = json.loads(request.body)
        sender = parseaddr(asked["FromEmailAddress"])[1]
        identity = f"{self._arn('ses', region)}:identity/{sender}"
        return [Access("ses:SendEmail", identity, {"ses:FromAddress": [sender]})]

    def _arn(self, service: str, region: str) -> str:
        return f"arn:aws:{service}:{region}:{self.account}"


def _publication(request: HttpRequest) -> Access:
    asked = parse_qs(request.body.decode())
    if asked["Action"] != ["Publish"]:
        raise UnknownRequestError(f"sns:{asked['Action']}")
    (topic,) = asked["TopicArn"]
    return Access("sns:Publish", topic)
