"""OpenAPI documents, made from an API's routes: their types, docstrings, and what the API says of them.

Powertools' own generator leaves out what queries may hold and what goes wrong, so its routes are read here.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python

import tollgate

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from tollgate_admin.documents.described_api import DescribedApi
    from tollgate_admin.web.resolver import Endpoint

_JSON = "application/json"
_SCHEMAS = "#/components/schemas/{model}"
_ETAG = {"description": "The revision.", "schema": {"type": "string", "examples": ['"3"']}}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The revisions, as ETags, that the edit requires; any if omitted.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]+"(, ?"[0-9]+")*)$', "examples": ['"3"', "*"]},
}


@dataclass
class _Types:
    """Types that the document names; their schemas are made all together, so that they share components."""

    adapters: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = field(
        default_factory=list
    )
    places: list[dict[str, Any]] = field(default_factory=list)

    def place(self, annotation: Any, mode: Literal["validation", "serialization"]) -> dict[str, Any]:
        """What becomes the type's schema as soon as all are known."""
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        self.adapters.append((str(len(self.adapters)), mode, adapter))
        self.places.append({})
        return self.places[-1]

    def fill(self) -> dict[str, Any]:
        """Fills all places; returns the components that they share."""
        made, shared = TypeAdapter.json_schemas(self.adapters, ref_template=_SCHEMAS)
        for (name, mode, _), place in zip(self.adapters, self.places, strict=True):
            place.update(made[name, mode])
        components: dict[str, Any] = shared.get("$defs", {})
        return components


def document(routes: Sequence[Endpoint], api: DescribedApi) -> dict[str, Any]:
    """The document; raises `ValueError` for a route that doesn't say what it answers with."""
    types = _Types()
    error = types.place(api.error, "serialization")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, api, types)
    for path, operations in api.further(types.place).items():
        paths.setdefault(path, {}).update(operations)
    paths = {path: dict(sorted(paths[path].items())) for path in sorted(paths)}
    components = types.fill()
    for operations in paths.values():
        for operation in operations.values():
            _strip_null(operation["parameters"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": api.title,
            "version": tollgate.__version__,
            "description": api.description,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": api.server}],
        "security": [{name: []} for name in api.security_schemes],
        "tags": _tags(routes),
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {status.name: _problem(status, error, api) for status in api.problems},
            "securitySchemes": {**api.security_schemes},
        },
    }


def _operation(route: Endpoint, api: DescribedApi, types: _Types) -> dict[str, Any]:
    summary, described = _described(route)
    note = api.note(route)
    made: dict[str, Any] = {
        "operationId": to_camel(route.func.__name__),
        "tags": [route.tag],
        "summary": summary,
        "description": f"{described}\n\n{note}".strip(),
        "parameters": _parameters(route, types),
        "responses": {
            **_answers(route, types),
            **{str(each.value): referred(each) for each in api.faults(route, _is_edit(route))},
        },
    }
    if (body := route.body) is not None:
        content = {_JSON: {"schema": types.place(body.type, "validation")}}
        made["requestBody"] = {"required": body.required, "content": content}
    if api.is_public(route):
        made["security"] = []
    return made


def _parameters(route: Endpoint, types: _Types) -> list[dict[str, Any]]:
    fields = [("path", name, info) for name, info in route.path_fields()]
    fields += [("query", name, info) for name, info in route.query_fields()]
    made = [_parameter(where, name, info, types) for where, name, info in fields]
    return [*made, _IF_MATCH] if _is_edit(route) else made


def _parameter(where: str, name: str, info: FieldInfo, types: _Types) -> dict[str, Any]:
    schema = types.place(_typed(info), "validation")
    if not info.is_required() and info.default is not None:
        schema["default"] = to_jsonable_python(info.default)
    described = {"description": info.description} if info.description else {}
    return {"name": name, "in": where, "required": info.is_required(), "schema": schema, **described}


def _typed(info: FieldInfo) -> Any:
    """A parameter's type with what holds for it, without what is said of it as a field of a model."""
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _answers(route: Endpoint, types: _Types) -> dict[str, Any]:
    """What a route answers if all is well, as its return type or what its decorator declares has it."""
    if route.responses:
        return {str(int(status)): _declared(told, types) for status, told in route.responses.items()}
    model, statuses = _returned(route)
    answer: dict[str, Any] = {"content": {_JSON: {"schema": types.place(model, "serialization")}}}
    if _has_revision(model):
        answer["headers"] = {"ETag": _ETAG}
    if model is None:
        answer = {}
    return {str(int(status)): {"description": HTTPStatus(status).phrase, **answer} for status in statuses}


def _declared(told: Mapping[str, Any], types: _Types) -> dict[str, Any]:
    content = {
        media_type: {"schema": types.place(each["model"], "serialization")} if "model" in each else dict(each)
        for media_type, each in told.get("content", {}).items()
    }
    return {**told, **({"content": content} if content else {})}


def _returned(route: Endpoint) -> tuple[Any, tuple[int, ...]]:
    """The type of what a route answers, and the statuses: `tuple[KeyView, Literal[HTTPStatus.CREATED]]`."""
    model = get_type_hints(route.func, include_extras=True)["return"]
    statuses: tuple[Any, ...] = (route.status_code,)
    if get_origin(model) is tuple:
        model, status = get_args(model)
        statuses = get_args(status)
    if not statuses or get_origin(model) is Response:
        message = f"{route.method} {route.path} does not say what it answers with, or under which status."
        raise ValueError(message)
    return model, statuses


def _has_revision(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel) and "revision" in model.model_fields


def _is_edit(route: Endpoint) -> bool:
    """Whether it edits what has a revision, and so may be told which one."""
    if route.method in {"GET", "HEAD"} or (route.method == "POST" and "{" not in route.path):
        return False
    return route.method == "DELETE" or (not route.responses and _has_revision(_returned(route)[0]))


def _problem(status: HTTPStatus, error: dict[str, Any], api: DescribedApi) -> dict[str, Any]:
    headers = {"headers": api.headers[status]} if status in api.headers else {}
    return {"description": api.problems[status], "content": {api.error_type: {"schema": error}}, **headers}


def referred(status: HTTPStatus) -> dict[str, Any]:
    """What is said of a problem in one place."""
    return {"$ref": f"#/components/responses/{status.name}"}


def _described(route: Endpoint) -> tuple[str, str]:
    """The first sentence, without its full stop, and all that is said; else what the function is called."""
    said = inspect.getdoc(route.func)
    if not said:
        return route.func.__name__.replace("_", " ").capitalize(), ""
    first = re.split(r"(?<=[.:;])\s", said, maxsplit=1)[0].rstrip(".:;")
    return " ".join(first.split()), said


def _tags(routes: Sequence[Endpoint]) -> list[dict[str, str]]:
    """The tags, each described by what the docstring of its routes' module begins with."""
    described = {route.tag: (sys.modules[route.func.__module__].__doc__ or "") for route in routes}
    return [
        {"name": name, "description": said.partition("\n")[0]} for name, said in sorted(described.items())
    ]


def _strip_null(parameters: list[dict[str, Any]]) -> None:
    """A parameter that is left out is absent: there is no null in a query."""
    for parameter in parameters:
        schema = parameter["schema"]
        possible = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
        if len(possible) == 1:
            del schema["anyOf"]
            schema.update(possible[0])
        elif possible:
            schema["anyOf"] = possible
