"""A plan for the gateway as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tollgate_cli.configuration import gateway_reading
from tollgate_cli.configuration.planning import planner

if TYPE_CHECKING:
    from tollgate_cli.configuration.actual import Gateway
    from tollgate_cli.configuration.declared_things import Configuration
    from tollgate_cli.configuration.planning.plan import Comparisons, Plan
    from tollgate_cli.configuration.secret_sources import SecretSources
    from tollgate_client import AdminClient


@dataclass(frozen=True, slots=True)
class Comparison:
    """Files and a gateway, side by side at a moment."""

    configuration: Configuration
    gateway: Gateway
    comparisons: Comparisons
    at: datetime

    @classmethod
    def made(
        cls, admin: AdminClient, configuration: Configuration, sources: SecretSources, *, strict: bool
    ) -> Comparison:
        """`strict`: raises `MissingSecretError` where a secret can't be read; else it isn't compared."""
        at = datetime.now(UTC)
        gateway = gateway_reading.read(admin)
        gateway = gateway_reading.with_prices_to_come(admin, gateway, configuration, at)
        reading = gateway_reading.Secrets(admin, sources, strict=strict)
        return cls(configuration, gateway, reading.compared(configuration, gateway), at)

    def plan(self, *, adopt: bool, prune: bool) -> Plan:
        """Raises `FaultyError`."""
        return planner.plan(self.configuration, self.gateway, self.comparisons, adopt=adopt, prune=prune)
