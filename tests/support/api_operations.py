"""The operations of both OpenAPI documents, and an API that answers them as the documents allow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from tests.support.schema_samples import sample
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document

ADMIN = "admin"
CLIENT = "client"
_BASES = {ADMIN: "/api/admin", CLIENT: "/v1"}


@dataclass(frozen=True)
class Operation:
    """An operation: which API's, its id, and what answers it."""

    api: str
    id: str
    method: str
    path: str
    response: httpx.Response
    body: dict[str, Any]
    """The schema of what is sent as JSON; empty if nothing is."""

    @property
    def name(self) -> str:
        """Such as `admin listKeys`."""
        return f"{self.api} {self.id}"

    def serves(self, request: httpx.Request) -> bool:
        pattern = re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(_BASES[self.api] + self.path))
        return request.method == self.method and re.fullmatch(pattern, request.url.path) is not None


@cache
def documents() -> dict[str, dict[str, Any]]:
    return {
        ADMIN: admin_document.document(app.routes),
        CLIENT: client_document.document(self_service.app.routes),
    }


@cache
def operations() -> dict[str, Operation]:
    """By their names."""
    found = [
        Operation(
            api,
            described["operationId"],
            method.upper(),
            path,
            _response(described, document),
            _body(described),
        )
        for api, document in documents().items()
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return {each.name: each for each in found}


def operation_of(request: httpx.Request) -> Operation:
    """Which operation a request is. A path without parameters wins, as routers have it."""
    serving = [each for each in operations().values() if each.serves(request)]
    assert serving, f"no operation is {request.method} {request.url.path}"
    return min(serving, key=lambda each: each.path.count("{"))


def answer(request: httpx.Request) -> httpx.Response:
    """What the documents say that a request's operation answers."""
    response = operation_of(request).response
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


def body_fields(name: str) -> set[str]:
    """The fields of an operation's body."""
    operation = operations()[name]
    schemas = documents()[operation.api]["components"]["schemas"]
    return set(_resolved(operation.body, schemas).get("properties", {}))


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """What may be null is what it is otherwise."""
    for each in schema.get("anyOf", ()):
        if each != {"type": "null"}:
            return _resolved(each, schemas)
    if "$ref" not in schema:
        return schema
    referred: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
    return referred


def _body(described: dict[str, Any]) -> dict[str, Any]:
    content = described.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema


def _response(described: dict[str, Any], document: dict[str, Any]) -> httpx.Response:
    status, response = next(each for each in described["responses"].items() if each[0].startswith("2"))
    content = response.get("content", {})
    if not content:
        return httpx.Response(int(status))
    kind, media = next(iter(content.items()))
    if "json" in kind and "lines" not in kind and "ndjson" not in kind:
        return httpx.Response(int(status), json=_ended(sample(media.get("schema", {}), document)))
    return httpx.Response(int(status), headers={"content-type": kind}, text="a,b\n1,2\n")


def _ended(answer: Any) -> Any:
    """A list that has no further page."""
    if isinstance(answer, dict) and "nextCursor" in answer:
        return {**answer, "nextCursor": None}
    return answer
