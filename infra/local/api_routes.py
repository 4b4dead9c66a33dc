"""Which function serves a request, as API Gateway decides it from the template's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

_GREEDY = "{proxy+}"
_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True)
class ApiRoutes:
    """For each resource, by its path's segments, the functions by method."""

    resources: Mapping[tuple[str, ...], Mapping[str, str]]

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> Self:
        resources: dict[tuple[str, ...], dict[str, str]] = {}
        for name, resource in template["Resources"].items():
            events = resource["Properties"].get("Events", {}) if resource["Type"] == _FUNCTION else {}
            for event in events.values():
                if event["Type"] == "Api":
                    properties = event["Properties"]
                    methods = resources.setdefault(_segments(properties["Path"]), {})
                    methods[properties["Method"].upper()] = name
        return cls(resources)

    def function(self, method: str, path: str) -> str | None:
        """The function's logical id; None if no resource fits, or the one that fits lacks the method.

        The resource with the longest part that the path has word for word is the one, whatever its methods.
        """
        segments = _segments(path)
        if segments in self.resources:
            return self.resources[segments].get(method)
        for length in reversed(range(len(segments))):
            methods = self.resources.get((*segments[:length], _GREEDY))
            if methods is not None:
                return methods.get(method)
        return None


def _segments(path: str) -> tuple[str, ...]:
    """The path as it is sent: an escaped slash is none."""
    return tuple(unquote(segment) for segment in path.strip("/").split("/"))
