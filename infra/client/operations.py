"""The documents' operations as methods: their parameters, what they send and what they answer."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from infra.client.type_expressions import expression, literal, optional, referenced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.client.api_documents import Api

_JSON: Final = "application/json"
# Below which path operations are, where that is no name for them.
_SECTIONS: Final = {"apiKey": "keys", "docs": "documents", "openapi.json": "documents"}
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_ROLE: Final = re.compile(r"Needs the role `\w+`\.")


@dataclass(frozen=True)
class Parameter:
    """`wire` is its name in the document, `kind` its type without None."""

    name: str
    wire: str
    kind: str
    required: bool
    default: str = "None"


@dataclass(frozen=True)
class Operation:
    """A method. `answer` is its result's type; `media` the media types of one that streams its answer."""

    name: str
    method: str
    path: str
    about: str
    answer: str
    ids: list[str] = field(default_factory=list)
    body: Parameter | None = None
    query: list[Parameter] = field(default_factory=list)
    if_match: bool = False
    media: str | None = None

    def mentioned(self) -> set[str]:
        """All names in its types."""
        taken = [*self.query, *([self.body] if self.body else [])]
        return {
            name for kind in (self.answer, *(each.kind for each in taken)) for name in _NAME.findall(kind)
        }


def section(api: Api, path: str) -> str:
    """What the operation's module is called after: the path's first part, but that self-service is one."""
    first = path.split("/")[1]
    return "self_service" if api.name == "client" else _SECTIONS.get(first, first).replace("-", "_")


def methods(
    api: Api, name_of: Callable[[str], str], method: str, path: str, described: Any
) -> list[Operation]:
    """One for what answers JSON, one for what answers text."""
    contents = {
        media: content.get("schema", {})
        for status, answer in described["responses"].items()
        if status.startswith("2")
        for media, content in answer.get("content", {}).items()
    }
    texts = [media for media in contents if media != _JSON]
    query = [_parameter(each, name_of) for each in described.get("parameters", []) if each["in"] == "query"]
    made = Operation(
        name=snake(described["operationId"]),
        method=method,
        path=re.sub(r"{\w+}", "{}", path),
        about=_about(described),
        answer="None",
        ids=re.findall(r"{(\w+)}", path),
        body=_body(described.get("requestBody"), name_of),
        query=query,
        if_match=any(each["in"] == "header" for each in described.get("parameters", [])),
    )
    found = []
    if _JSON in contents or not contents:
        answer = expression(contents[_JSON], name_of) if contents else "None"
        kept = [each for each in query if not (texts and each.name == "format")]
        found.append(_changed(made, answer=answer, query=kept))
    if texts:
        narrowed = [_without_json(api, each, described) if _JSON in contents else each for each in query]
        name = f"{made.name}_text" if _JSON in contents else made.name
        found.append(_changed(made, name=name, answer="TextStream", query=narrowed, media=", ".join(texts)))
    return found


def snake(name: str) -> str:
    """`byCostCentre` is `by_cost_centre`; what is Python's own word gets a `_`."""
    lowered = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    return f"{lowered}_" if keyword.iskeyword(lowered) else lowered


def _changed(operation: Operation, **changes: Any) -> Operation:
    return Operation(**{**vars(operation), **changes})


def _parameter(described: Mapping[str, Any], name_of: Callable[[str], str]) -> Parameter:
    name = described["name"]
    return Parameter(
        snake(name), name, expression(described["schema"], name_of), described.get("required", False)
    )


def _without_json(api: Api, parameter: Parameter, described: Mapping[str, Any]) -> Parameter:
    """A format that may be JSON, which is another method's; by default the first of the others."""
    if parameter.name != "format":
        return parameter
    schema = next(each["schema"] for each in described["parameters"] if each["name"] == parameter.wire)
    ref = referenced(schema)
    others = [each for each in (api.schemas[ref] if ref else schema)["enum"] if each != "json"]
    return Parameter(parameter.name, parameter.wire, literal(others), True, f'"{others[0]}"')


def _body(described: Mapping[str, Any] | None, name_of: Callable[[str], str]) -> Parameter | None:
    if described is None:
        return None
    kind = expression(described["content"][_JSON]["schema"], name_of)
    return Parameter("body", "body", kind.removesuffix(" | None"), described["required"])


def _about(described: Mapping[str, Any]) -> str:
    role = _ROLE.search(described.get("description", ""))
    summary = described["summary"].rstrip(".")
    return f"{summary}. {role[0]}" if role else f"{summary}."


def signature(operation: Operation) -> str:
    """The method's parameters."""
    positional = ["self", *(f"{each}: str" for each in operation.ids)]
    if operation.body is not None:
        positional.append(_declared(operation.body))
    named = [_declared(each) for each in operation.query]
    if operation.if_match:
        named.append("if_match: int | None = None")
    return ", ".join([*positional, *(["*", *named] if named else [])])


def _declared(parameter: Parameter) -> str:
    if not parameter.required:
        return f"{parameter.name}: {optional(parameter.kind)} = None"
    default = "" if parameter.default == "None" else f" = {parameter.default}"
    return f"{parameter.name}: {parameter.kind}{default}"
