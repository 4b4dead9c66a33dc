"""Powertools' resolver, and what it knows of its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.api_gateway import Route

if TYPE_CHECKING:
    from collections.abc import Sequence

# Answers hold keys, tokens and what was spent: no cache may keep them, and no browser take them for a page.
_GUARDS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def listed(methods: Sequence[str]) -> str:
    """`GET`, `GET and POST`, `DELETE, GET and PATCH`."""
    *firsts, last = methods
    return f"{', '.join(firsts)} and {last}" if firsts else last


class Resolver(APIGatewayRestResolver):
    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """The answer to an event, guarded whatever it is, an error included."""
        answer: dict[str, Any] = super().resolve(event, context)
        headers = answer.setdefault("multiValueHeaders", {})
        for name, value in _GUARDS.items():
            headers.setdefault(name, [value])
        return answer

    @property
    def routes(self) -> list[Route]:
        """All routes, in the order in which they are tried."""
        return [*self._static_routes, *self._dynamic_routes]

    def methods(self, path: str) -> list[str]:
        """What a path, as it is requested, may be called with; empty if there is no such path."""
        below = self._remove_prefix(path)
        return sorted(route.method for route in self.routes if route.rule.match(below))
