"""Powertools' resolver and routes. What is built on Powertools' internals is here, and nowhere else.

tests/unit/admin/test_powertools_fence.py says when one of them goes.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)
from aws_lambda_powertools.event_handler.openapi import swagger_ui
from pydantic import BaseModel

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aws_lambda_powertools.event_handler.api_gateway import Route
    from aws_lambda_powertools.event_handler.router import APIGatewayRouter
    from pydantic.fields import FieldInfo

# Answers hold keys, tokens and what was spent: no cache may keep them, and no browser take them for a page.
_GUARDS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def validation() -> tuple[Callable[..., Any], ...]:
    """Middlewares that check requests and answers by the types of their route.

    Powertools' own switch has them come first of all, before it is known whether the sender may ask at all.
    """
    return OpenAPIRequestValidationMiddleware(), OpenAPIResponseValidationMiddleware()


def swagger_file(name: str) -> str:
    """A file of Swagger UI, which comes with Powertools."""
    return (resources.files(swagger_ui) / name).read_text("utf-8")


@dataclass(frozen=True, slots=True)
class BodyType:
    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route as Powertools keeps it. What it takes is worked out when it is first asked for.

    `tag` is what the API's document lists it under.
    """

    route: Route
    tag: str = ""

    @property
    def method(self) -> str:
        return self.route.method

    @property
    def path(self) -> str:
        """`/apiKey/{key_id}`."""
        return self.route.openapi_path

    @property
    def func(self) -> Callable[..., Any]:
        return self.route.func

    @property
    def responses(self) -> Mapping[int, Any] | None:
        """What its decorator declares, by status."""
        return self.route.responses

    @property
    def status_code(self) -> int:
        return self.route.status_code

    def path_fields(self) -> list[tuple[str, FieldInfo]]:
        """What stands in its path, by name."""
        return [(each.alias, each.field_info) for each in self.route.dependant.path_params]

    def query_fields(self) -> Iterator[tuple[str, FieldInfo]]:
        """What may stand in its query, by name."""
        for parameter in self.route.dependant.query_params:
            model = parameter.type_
            if isinstance(model, type) and issubclass(model, BaseModel):
                for name, field in model.model_fields.items():
                    yield field.alias or name, field
            else:
                yield parameter.alias, parameter.field_info

    @property
    def body(self) -> BodyType | None:
        """What it takes as its request's body, if it takes one."""
        parameters = self.route.dependant.body_params
        if not parameters:
            return None
        (body,) = parameters
        return BodyType(body.type_, body.required)


class Resolver(APIGatewayRestResolver):
    def __init__(self, prefix: str, read_body: Callable[[str], Any]) -> None:
        """Routes are below `prefix`; `read_body` reads what is sent as JSON."""
        super().__init__(strip_prefixes=[prefix], json_body_deserializer=read_body)
        self._tags: dict[Callable[..., Any], str] = {}
        # That of the present request, whatever becomes of it.
        self.requested_path = ""

    def include(self, tag: str, router: APIGatewayRouter) -> None:
        """Adds the routes of a router, which the API's document lists under a tag."""
        self.include_router(router)
        for each in self.routes:
            self._tags.setdefault(each.func, tag)

    def answer(self, event: Any, context: Any, **given: Any) -> dict[str, Any]:
        """The answer to an event; what is `given` is in the context of the request that routes are handed."""
        self.append_context(**given)
        return self.resolve(event, context)

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """The answer to an event, guarded whatever it is, an error included."""
        # The end of a rule passes over a line break, so that an id which is one would name the list.
        path = event["path"].replace("\n", "%0A")
        outer, self.requested_path = self.requested_path, path
        try:
            answer: dict[str, Any] = super().resolve({**event, "path": path}, context)
        finally:
            self.requested_path = outer
        headers = answer.setdefault("multiValueHeaders", {})
        for name, value in _GUARDS.items():
            headers.setdefault(name, [value])
        return answer

    @property
    def routes(self) -> list[Endpoint]:
        """All routes, in the order in which they are tried."""
        found = (*self._static_routes, *self._dynamic_routes)
        return [Endpoint(route, self._tags.get(route.func, "")) for route in found]

    @property
    def present(self) -> Endpoint | None:
        """The route that the present request leads to, if there is one."""
        found: Route = self.context["_route"]
        return next((each for each in self.routes if each.route is found), None)

    def methods(self, path: str) -> list[str]:
        """What a path, as it is requested, may be called with; empty if there is no such path."""
        below = self._remove_prefix(path)
        return sorted(each.method for each in self.routes if each.route.rule.match(below))
