"""A client of what keys may do themselves, which calls it as API Gateway does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.admin_client import CONTEXT, Admin, Answer
from tollgate_admin import handler

REQUEST_ID = "6a1b3c"


@dataclass(frozen=True)
class KeyClient:
    """`key` as it is shown once, in the deployment of an admin."""

    admin: Admin
    key: str
    header: str = "authorization"

    def __call__(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: str
    ) -> Answer:
        credential = f"Bearer {self.key}" if self.header == "authorization" else self.key
        event = {
            "httpMethod": method,
            "path": f"/v1{path}",
            "headers": {self.header: credential, **(headers or {})},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
            "requestContext": {"requestId": REQUEST_ID},
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = handler.answered(event, CONTEXT, self.admin.composition)
        found = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], found, answer["body"])

    def with_key(self, key: str, header: str = "authorization") -> KeyClient:
        """Another key's client, in the same deployment."""
        return KeyClient(self.admin, key, header)

    def child(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/keys", {"name": "a child", **body})
        assert answer.status == 201, answer.text
        made: dict[str, Any] = answer.json
        return made
