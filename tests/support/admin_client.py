"""A client of the admin API that calls it as API Gateway does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tollgate_admin import handler
from tollgate_admin.composition import Composition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate_admin.composition import Services
    from tollgate_admin.oidc.id_tokens import IdTokens

TOKEN = "the-admin-token"
CONTEXT: Any = SimpleNamespace(aws_request_id="1")
PROVIDER = {
    "name": "mock",
    "type": "openai",
    "baseUrl": "https://api.example.com/v1/",
    "apiKey": "sk-provider",
}


@dataclass
class FakeCredentials:
    stored: dict[str, list[str]] = field(default_factory=dict)

    def store(self, provider_id: str, secret: str) -> int:
        versions = self.stored.setdefault(provider_id, [])
        versions.append(secret)
        return len(versions)

    def secret_of(self, provider: Provider) -> str:
        return self.stored[provider.id][provider.credential_version - 1]

    def remove(self, provider_id: str) -> None:
        self.stored.pop(provider_id, None)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def errors(self) -> dict[str, str]:
        return {error["field"]: error["message"] for error in self.json["errors"]}


class Admin:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.id_tokens: Callable[[], IdTokens | None] = lambda: None

    @property
    def composition(self) -> Composition:
        """What the function's handlers are given: whatever `services` are by then."""
        return Composition(lambda: self.services, lambda: TOKEN, id_tokens=self.id_tokens)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = TOKEN,
        headers: Mapping[str, str] | None = None,
        **query: str | list[str],
    ) -> Answer:
        """A list is a parameter that is given several times."""
        given = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
        event = {
            "httpMethod": method,
            "path": f"/api/admin{path}",
            "headers": {**({} if token is None else {"authorization": f"Bearer {token}"}), **(headers or {})},
            "queryStringParameters": {name: values[-1] for name, values in given.items()} or None,
            "multiValueQueryStringParameters": given or None,
            "requestContext": {"requestId": "1"},
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = handler.answered(event, CONTEXT, self.composition)
        multiple = {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
        headers = {**multiple, **answer.get("headers", {})}
        return Answer(
            answer["statusCode"], {name.lower(): value for name, value in headers.items()}, answer["body"]
        )

    def key(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/apiKey", {"name": "a key", **body})
        assert answer.status == 201, answer.text
        made: dict[str, Any] = answer.json
        return made

    def managing_key(self, **body: Any) -> dict[str, Any]:
        """One that may itself create keys below it."""
        return self.key(manageChildren=True, **body)

    def provider(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/providers", {**PROVIDER, **body})
        assert answer.status == 201, answer.text
        made: dict[str, Any] = answer.json
        return made

    def model(self, provider_id: str, **body: Any) -> dict[str, Any]:
        wanted = {"systemName": "small", "providerId": provider_id, "modelType": "chat", **body}
        answer = self("POST", "/models", wanted)
        assert answer.status == 201, answer.text
        made: dict[str, Any] = answer.json
        return made
