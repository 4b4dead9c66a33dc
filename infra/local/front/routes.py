"""Which of the template's routes a request takes, as API Gateway chooses among them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FUNCTION = "AWS::Serverless::Function"
_GREEDY = "{proxy+}"
_ANY = "ANY"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""Those that a route of any method takes; API Gateway knows no others."""

Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A function's route: `resource` is its path, whose last part may be `{proxy+}`, `method` may be ANY."""

    function: str
    method: str
    resource: str
    streams: bool


class Match(NamedTuple):
    route: Route
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of each resource, by method. What lies above a resource is one, too, without routes."""

    resources: Mapping[Segments, Mapping[str, Route]]

    def all(self) -> Iterator[Route]:
        for methods in self.resources.values():
            yield from methods.values()

    def match(self, method: str, path: str) -> Match | None:
        """None if no resource fits the path, or the one that fits lacks the method.

        The resource that has most of the path word for word is the one, whatever its methods. `path` is as it
        is sent: an escaped slash parts nothing.
        """
        segments = _segments(path)
        if segments in self.resources:
            return _match(self.resources[segments], method, {})
        for length in reversed(range(len(segments))):
            greedy = self.resources.get((*segments[:length], _GREEDY))
            if greedy is not None:
                return _match(greedy, method, {"proxy": "/".join(segments[length:])})
        return None


def routes_of(template: Mapping[str, Any]) -> Routes:
    resources: dict[Segments, dict[str, Route]] = defaultdict(dict)
    for name, function in template["Resources"].items():
        events = function["Properties"].get("Events", {}) if function["Type"] == FUNCTION else {}
        for event in events.values():
            if event["Type"] != "Api":
                continue
            properties = event["Properties"]
            route = Route(
                name,
                properties["Method"].upper(),
                properties["Path"],
                streams=properties.get("ResponseTransferMode") == "RESPONSE_STREAM",
            )
            segments = _segments(route.resource)
            resources[segments][route.method] = route
            for length in range(1, len(segments)):
                resources[segments[:length]].update({})
    return Routes(dict(resources))


def _match(routes: Mapping[str, Route], method: str, parameters: dict[str, str]) -> Match | None:
    route = routes.get(method)
    if route is None and method in METHODS:
        route = routes.get(_ANY)
    return None if route is None else Match(route, parameters)


def _segments(path: str) -> Segments:
    return tuple(unquote(segment) for segment in path.strip("/").split("/"))
