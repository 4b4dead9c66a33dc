"""Powertools' resolver, and what it knows of its routes."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.api_gateway import Route


class Resolver(APIGatewayRestResolver):
    @property
    def routes(self) -> list[Route]:
        """All routes, in the order in which they are tried."""
        return [*self._static_routes, *self._dynamic_routes]

    def methods(self, path: str) -> list[str]:
        """What a path, as it is requested, may be called with; empty if there is no such path."""
        below = self._remove_prefix(path)
        return sorted(route.method for route in self.routes if route.rule.match(below))
