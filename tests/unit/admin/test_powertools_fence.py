"""What the admin API relies on in Powertools beyond its documentation: who updates it learns here what went.

A test that fails names the internal, and who relies on it. The last tests see to it that no other module than
the resolver's comes to rely on more.
"""

from __future__ import annotations

import ast
from contextlib import contextmanager
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path as FilePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

import tollgate_admin
from tollgate_admin import composition
from tollgate_admin.documents import openapi
from tollgate_admin.request_log import exports
from tollgate_admin.self_service import acting_key
from tollgate_admin.web import access, change_requests, problems, request_validation, revisions
from tollgate_admin.web.resolver import Endpoint, Resolver, swagger_file, validation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.event_handler.exceptions import NotFoundError

PACKAGE = FilePath(str(tollgate_admin.__file__)).parent
FENCE = Resolver.__module__


@contextmanager
def relied_on(what: str, *by: Any) -> Iterator[None]:
    """Says of whatever fails within what it is that has changed, and who must be looked at."""
    try:
        yield
    except Exception as error:
        names = ", ".join(f"{each.__module__}.{each.__qualname__}" for each in by)
        powertools = f"Powertools {version('aws-lambda-powertools')}"
        message = f"{powertools} has not kept this: {what}. It is relied on by {names}."
        raise AssertionError(message) from error


class Wanted(BaseModel):
    limit: int = Field(default=5, ge=1)


class Thing(BaseModel):
    name: str
    weight: Decimal = Decimal(0)


router = APIGatewayRouter()
ThingId = Annotated[str, Path(pattern="^thg_[a-z]+$")]


@router.get("/things")
def list_things(request: Request, query: Annotated[Wanted, Query()]) -> Thing:
    return Thing(name=f"{query.limit} for {request.context['given']}")


@router.put("/things/<thing_id>", responses={200: {"description": "put"}})
def put_thing(request: Request, thing_id: ThingId, body: Thing) -> Thing:
    event = request.resolved_event
    seen.update(thing_id=thing_id, body=body, event=event, text=event.decoded_body, context=request.context)
    return body


@router.get("/file")
def get_file():
    return Response(200, "text/plain", (each for each in [b"a", b"b"]))


seen: dict[str, Any] = {}


def event(method: str, path: str, body: str | None = None, **query: str) -> dict[str, Any]:
    return {
        "httpMethod": method,
        "path": f"/api{path}",
        "headers": {"Authorization": "me", "If-Match": '"2"'},
        "multiValueHeaders": {"Authorization": ["me"], "If-Match": ['"1"', '"2"']},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "requestContext": {"requestId": "6a1b"},
        "body": body,
        "isBase64Encoded": False,
    }


class Sample:
    """An API, and what came of its requests."""

    def __init__(self) -> None:
        seen.clear()
        self.stopped: list[Endpoint | None] = []
        self.faults: list[dict[str, Any]] = []
        self.app = Resolver("/api", request_validation.body)
        self.app.use([self._stop, *validation()])
        self.app.include("things", router)
        self.app.exception_handler(RequestValidationError)(self._fault)
        self.app.not_found(self._unknown)
        self.routes = {each.func.__name__: each for each in self.app.routes}

    def __call__(self, *asked: Any, **query: str) -> dict[str, Any]:
        return self.app.answer(event(*asked, **query), SimpleNamespace(), given="you")

    def _stop(self, app: Resolver, following: Any) -> Any:
        self.stopped.append(app.present)
        return following(app)

    def _fault(self, error: RequestValidationError) -> Response[str]:
        self.faults += error.errors()
        return Response(422, "text/plain", "no")

    def _unknown(self, _error: NotFoundError) -> Response[str]:
        asked = self.app.request.resolved_event
        return Response(404, "text/plain", f"{asked.http_method} {asked.path}")


@pytest.fixture
def sample() -> Sample:
    return Sample()


def test_all_routes_can_be_listed(sample):
    with relied_on("_static_routes and _dynamic_routes hold a resolver's Routes", Resolver, openapi.document):
        routes = [*sample.app._static_routes, *sample.app._dynamic_routes]
        assert all(isinstance(each, Route) for each in routes)
        assert len(routes) == 3
        assert sample.routes.keys() == {"list_things", "put_thing", "get_file"}


def test_a_route_shows_what_it_is_for(sample):
    put = sample.routes["put_thing"]
    with relied_on(
        "Route.method, .openapi_path, .func, .responses, .status_code", Endpoint, openapi.document
    ):
        assert (put.method, put.path, put.func) == ("PUT", "/things/{thing_id}", put_thing)
        assert {int(status) for status in put.responses or {}} == {200}
        assert sample.routes["list_things"].responses is None
        assert put.status_code == 200


def test_a_route_knows_its_parameters(sample):
    put, listed = sample.routes["put_thing"], sample.routes["list_things"]
    with relied_on("Route.dependant.path_params, with .alias and .field_info", Endpoint):
        ((name, info),) = put.path_fields()
        assert (name, isinstance(info, FieldInfo)) == ("thing_id", True)
    with relied_on(
        "Route.dependant.query_params, a model's by .type_", Endpoint, request_validation.well_formed
    ):
        assert [name for name, _ in listed.query_fields()] == ["limit"]
        assert list(put.query_fields()) == []
    with relied_on(
        "Route.dependant.body_params, with .type_ and .required", Endpoint, request_validation.well_formed
    ):
        assert put.body is not None
        assert (put.body.type, put.body.required) == (Thing, True)
        assert listed.body is None


def test_a_path_leads_to_its_methods(sample):
    with relied_on("_remove_prefix, and Route.rule, which matches paths", Resolver):
        assert sample.app._remove_prefix("/api/things") == "/things"
        assert sample.app.methods("/api/things/thg_a") == ["PUT"]
        assert sample.app.methods("/api/nothing") == []


def test_a_middleware_knows_the_route_ahead(sample):
    with relied_on('context["_route"] is the very Route of the request', Resolver, access.admit):
        sample("GET", "/things")
        assert sample.stopped == [sample.routes["list_things"]]


def test_middlewares_also_come_before_what_is_not_found(sample):
    with relied_on("an unknown path goes through the middlewares, with a Route of its own", access.admit):
        answer = sample("GET", "/nothing")
        assert sample.stopped == [None]
        assert (answer["statusCode"], answer["body"]) == (404, "GET /api/nothing")


def test_what_a_resolver_is_given_is_in_its_requests_context_and_in_no_later_one(sample):
    with relied_on(
        "context is kept until resolve ends, and empty from then on", Resolver, composition.services_of
    ):
        assert "5 for you" in sample("GET", "/things")["body"]
        assert sample.app.context == {}


def test_a_route_is_handed_its_request(sample):
    with relied_on("a parameter that is a Request is handed over, and no parameter of the API", Endpoint):
        answer = sample("PUT", "/things/thg_a", '{"name": "a"}')
        assert answer["statusCode"] == 200, answer["body"]
        assert seen["context"] == {}, "context is the resolver's own"
    asked = seen["event"]
    with relied_on(
        "Request.resolved_event has its raw_event and decoded_body", request_validation.well_formed
    ):
        assert (asked.raw_event["path"], seen["text"]) == ("/api/things/thg_a", '{"name": "a"}')
    with relied_on("resolved_event.get reads the event", change_requests.ChangeRequest):
        assert asked.get("requestContext") == {"requestId": "6a1b"}
        assert asked.get("nothing") is None
    with relied_on("headers have names in any case", access.admit):
        assert asked.headers.get("authorization") == "me"
    with relied_on("resolved_headers_field has names in lower case, and all values", revisions.if_match_of):
        assert asked.resolved_headers_field.get("if-match") == ['"1"', '"2"']


def test_bodies_are_read_as_the_resolver_says(sample):
    with relied_on("validation reads bodies by json_body_deserializer", Resolver, request_validation.body):
        sample("PUT", "/things/thg_a", '{"name": "a", "weight": 0.1000000000000000000001}')
        assert seen["body"].weight == Decimal("0.1000000000000000000001")


@pytest.mark.parametrize(
    ("asked", "query", "place", "kind"),
    [
        (("GET", "/things"), {"limit": "0"}, ("query", "query", "limit"), "greater_than_equal"),
        (("PUT", "/things/thg_a", '{"name": 1}'), {}, ("body", "name"), "string_type"),
        (("PUT", "/things/other", '{"name": "a"}'), {}, ("path", "thing_id"), "string_pattern_mismatch"),
    ],
)
def test_a_fault_says_where_it_is(sample, asked, query, place, kind):
    with relied_on(f"the loc of a fault begins {place}", problems.from_validation):
        assert sample(*asked, **query)["statusCode"] == 422
        assert [(tuple(each["loc"]), each["type"]) for each in sample.faults] == [(place, kind)]


def test_a_body_that_is_written_while_it_is_read_is_left_alone(sample):
    with relied_on("a route without a return type may answer with an iterator", exports.export_requests):
        assert list(sample("GET", "/file")["body"]) == [b"a", b"b"]


def test_swagger_ui_comes_along():
    with relied_on("openapi.swagger_ui holds the files of Swagger UI", swagger_file):
        assert "SwaggerUIBundle" in swagger_file("swagger-ui-bundle.min.js")
        assert ".swagger-ui" in swagger_file("swagger-ui.min.css")


# What Powertools documents, or what nothing but a type or an exception is taken from.
OPEN = {
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.event_handler.exceptions",
    "aws_lambda_powertools.event_handler.middlewares",
    "aws_lambda_powertools.event_handler.openapi.exceptions",
    "aws_lambda_powertools.event_handler.openapi.params",
    "aws_lambda_powertools.event_handler.router",
    "aws_lambda_powertools.utilities.data_classes.common",
    "aws_lambda_powertools.utilities.typing",
}
# Attributes of its resolvers, routers, routes and dependants.
INTERNAL = {
    "_dynamic_routes",
    "_remove_prefix",
    "_static_routes",
    "api_resolver",
    "body_params",
    "current_event",
    "dependant",
    "field_info",
    "lambda_context",
    "openapi_path",
    "path_params",
    "query_params",
    "type_",
}


def sources() -> dict[str, ast.Module]:
    """The modules of the admin function by their dotted names."""
    files = {path: path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py")}
    return {".".join(name.parts): ast.parse(path.read_text()) for path, name in files.items()}


SOURCES = sources()


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {FENCE}))
def test_internals_of_powertools_are_used_in_one_module_alone(name):
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_lambda_powertools"):
            assert node.module in OPEN, f"line {node.lineno}: this belongs into {FENCE}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in INTERNAL, f"line {node.lineno}: .{node.attr} belongs into {FENCE}"
        if isinstance(node, ast.Constant):
            assert node.value != "_route", f"line {node.lineno}: the present route is {FENCE}'s to tell"


def imported(module: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_lambda_powertools")
        for alias in node.names
    }


def test_below_the_routes_nobody_sees_a_request():
    """Routes are handed it. What reads it for them turns it into values of our own."""
    readers = {each.__name__ for each in (access, acting_key, change_requests, revisions, composition)}
    routes = {name for name, module in SOURCES.items() if "APIGatewayRouter" in imported(module)}
    seeing = {name for name, module in SOURCES.items() if "Request" in imported(module)}
    assert len(routes) > 15
    assert seeing <= routes | readers
