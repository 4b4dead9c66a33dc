"""Which of the template's routes a request takes, as API Gateway chooses among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class Route:
    """A function's route: `resource` is its path with parameters, `/v1/{proxy+}`."""

    function: str
    method: str
    resource: str
    streams: bool

    def parameters(self, path: str) -> dict[str, str] | None:
        """What the path has in the place of the resource's parameters; None if it doesn't fit."""
        wanted, given = _parts(self.resource), _parts(path)
        found: dict[str, str] = {}
        for place, part in enumerate(wanted):
            if part.endswith("+}"):
                found[part[1:-2]] = "/".join(given[place:])
                return found if len(given) > place else None
            if place >= len(given) or (not part.startswith("{") and part != given[place]):
                return None
            if part.startswith("{"):
                found[part[1:-1]] = given[place]
        return found if len(given) == len(wanted) else None

    @property
    def generality(self) -> tuple[int, ...]:
        """Of two routes that fit, the one that names more of the path comes first."""
        return tuple(
            2 if part.endswith("+}") else int(part.startswith("{")) for part in _parts(self.resource)
        )


class Match(NamedTuple):
    route: Route
    parameters: dict[str, str]


def of(template: Mapping[str, Any]) -> list[Route]:
    return [
        Route(
            name,
            event["Properties"]["Method"].upper(),
            event["Properties"]["Path"],
            streams=event["Properties"].get("ResponseTransferMode") == "RESPONSE_STREAM",
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] == FUNCTION
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    ]


def match(routes: Iterable[Route], method: str, path: str) -> Match | None:
    for route in sorted(routes, key=lambda route: route.generality):
        if route.method == method and (parameters := route.parameters(path)) is not None:
            return Match(route, parameters)
    return None


def _parts(path: str) -> list[str]:
    return path.removeprefix("/").split("/")
