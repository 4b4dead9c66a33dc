"""Whether a provider's stored key is one that a request sends, and no more is ever told of it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from aws_wire.errors import ServiceError

if TYPE_CHECKING:
    from tollgate.catalog.catalog import Provider
    from tollgate.catalog.store.provider_keys import Credentials

# Of a key that someone has taken out of the store.
_GONE = {"ParameterNotFound", "ParameterVersionNotFound"}


def is_stored(credentials: Credentials, provider: Provider, candidate: str) -> bool:
    """Whether a provider has this key; how long that takes doesn't tell where another one differs."""
    found = stored(credentials, provider)
    return found is not None and hmac.compare_digest(found.encode(), candidate.encode())


def stored(credentials: Credentials, provider: Provider) -> str | None:
    """A provider's key, None if it has none."""
    if not provider.credential_version:
        return None
    try:
        return credentials.secret_of(provider)
    except ServiceError as error:
        if error.code in _GONE:
            return None
        raise
