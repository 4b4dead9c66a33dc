"""Each operation of both documents is a method, and sends what its document says."""

from __future__ import annotations

import inspect
import json
import re

import httpx
import pytest

from tests.support.canned_api import CannedApi, text_answer
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document
from tollgate_client import AdminClient, Client, TextStream

ADMIN = admin_document.document(app.routes)
HOLDER = client_document.document(self_service.app.routes)
CLIENTS = {"admin": AdminClient, "holder": Client}
OPERATIONS = {
    f"{api} {operation['operationId']}": (api, method.upper(), path, operation)
    for api, document in (("admin", ADMIN), ("holder", HOLDER))
    for path, item in document["paths"].items()
    for method, operation in item.items()
}
BODY = {"any": "body", "ü": [None, "0.10"]}
JSON = "application/json"


def snake(name):
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def argument(name):
    return {"from": "from_"}.get(name, snake(name))


def media(operation):
    """The media types that it can answer with."""
    good = [answer for status, answer in operation["responses"].items() if status < "300"]
    return sorted({each for answer in good for each in answer.get("content", {})})


def named(operation, where):
    return [each["name"] for each in operation["parameters"] if each["in"] == where]


def resolved(document, schema):
    return (
        document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    )


def sample(document, parameter):
    """A value of a parameter, and how a query has it."""
    schema = resolved(document, parameter["schema"])
    if "enum" in schema:
        return schema["enum"][-1], schema["enum"][-1]
    return {"integer": (7, "7"), "boolean": (True, "true")}.get(schema.get("type"), ("ü &=", "ü &="))


def is_both(operation):
    return JSON in media(operation) and len(media(operation)) > 1


def is_text(operation):
    return JSON not in media(operation) and bool(media(operation))


def called(api, canned, operation, name, leave_out=()):
    """Calls a method with everything that its document has; what of it a query should then have."""
    document = ADMIN if api == "admin" else HOLDER
    ids = [f"id/{number}" for number, _ in enumerate(named(operation, "path"))]
    query, expected = {}, {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "query" and parameter["name"] not in leave_out:
            query[argument(parameter["name"])], expected[parameter["name"]] = sample(document, parameter)
    body = [BODY] if "requestBody" in operation else []
    tag = {"if_match": 12} if named(operation, "header") else {}
    client = canned.admin() if api == "admin" else canned.holder()
    return getattr(client, name)(*ids, *body, **query, **tag), expected


@pytest.mark.parametrize("case", OPERATIONS)
def test_an_operation_sends_what_its_document_says(case):
    api, method, path, operation = OPERATIONS[case]
    text = is_text(operation)
    answer = (
        text_answer(200, "a,b", media(operation)[0]) if text else httpx.Response(200, json={"an": "answer"})
    )
    canned = CannedApi([answer])
    # A format other than JSON is another method's.
    leave_out = ("format",) if JSON in media(operation) else ()
    found, query = called(api, canned, operation, snake(operation["operationId"]), leave_out)
    assert "".join(found) == "a,b" if text else found in ({"an": "answer"}, None)
    (asked,) = canned.asked
    assert asked.method == method
    below = path.format(**{name: f"id%2F{number}" for number, name in enumerate(named(operation, "path"))})
    base = "/dev/api/admin" if api == "admin" else "/dev/v1"
    assert asked.url.raw_path.partition(b"?")[0].decode() == base + below
    assert dict(asked.url.params.multi_items()) == query
    assert ("requestBody" in operation) == bool(asked.content)
    if asked.content:
        assert (json.loads(asked.content), asked.headers["content-type"]) == (BODY, JSON)
    assert asked.headers.get("if-match") == ('"12"' if named(operation, "header") else None)


@pytest.mark.parametrize("case", [each for each, found in OPERATIONS.items() if is_both(found[3])])
def test_what_answers_text_too_has_a_method_that_streams_it(case):
    api, _, _, operation = OPERATIONS[case]
    canned = CannedApi([text_answer(200, "a,b", "text/csv")])
    found, query = called(api, canned, operation, f"{snake(operation['operationId'])}_text")
    assert isinstance(found, TextStream)
    assert "".join(found) == "a,b"
    assert dict(canned.asked[0].url.params.multi_items()) == {**query, "format": "csv"}


@pytest.mark.parametrize("case", OPERATIONS)
def test_an_operation_takes_what_its_document_has_and_requires(case):
    api, _, _, operation = OPERATIONS[case]
    parameters = inspect.signature(getattr(CLIENTS[api], snake(operation["operationId"]))).parameters
    required = {name for name, each in parameters.items() if each.default is each.empty}
    body = operation.get("requestBody")
    expected = {"self", *named(operation, "path")}
    assert required == expected | {
        argument(each["name"])
        for each in operation["parameters"]
        if each["in"] == "query" and each["required"]
    } | ({"body"} if body and body["required"] else set())
    taken = set(parameters) - expected - ({"if_match"} if named(operation, "header") else set())
    both = {"format"} if JSON in media(operation) else set()
    assert taken - {"body"} == {argument(name) for name in named(operation, "query")} - both
    assert ("body" in taken) == (body is not None)


@pytest.mark.parametrize(("api", "client"), CLIENTS.items())
def test_a_client_has_no_methods_but_its_documents(api, client):
    operations = {snake(each["operationId"]) for name, _, _, each in OPERATIONS.values() if name == api}
    methods = {name for name, _ in inspect.getmembers(client, inspect.isfunction) if not name.startswith("_")}
    texts = {name for name in methods if name.removesuffix("_text") in operations - {name}}
    assert methods - texts == operations | {"close"}
