"""Probes of a provider's endpoints, each with the key that it takes there."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tollgate_admin.catalog.provider_probe import ProbeError, ProviderProbe

if TYPE_CHECKING:
    from tollgate.catalog.catalog import ApiEndpoint, Provider
    from tollgate_admin.composition import Services

logger = logging.getLogger(__name__)


def probe_of(services: Services, provider: Provider, endpoint: ApiEndpoint, seconds: float) -> ProviderProbe:
    """One whose time ends in so many seconds; raises `ProbeError` where nobody can ask from here."""
    auth = services.auth_schemes.get(endpoint.auth_header)
    if auth is None:
        raise ProbeError(
            f"With authHeader {endpoint.auth_header}, providers are only asked by calls of their models."
        )
    return ProviderProbe(
        endpoint,
        _credential(services, provider, endpoint),
        auth=auth,
        deadline=time.monotonic() + seconds,
        loopback_allowed=services.settings.loopback_providers,
    )


def _credential(services: Services, provider: Provider, endpoint: ApiEndpoint) -> str:
    if not endpoint.auth_header.needs_key:
        return ""
    if not provider.credential_version:
        raise ProbeError("The provider has no API key.")
    try:
        return services.credentials.secret_of(provider)
    except Exception as error:
        logger.exception("The API key of %s could not be read", provider.name)
        raise ProbeError("The provider's API key could not be read.") from error
