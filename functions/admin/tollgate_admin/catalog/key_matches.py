"""Whether a provider's stored key is one that a request sends, which is all that is ever told of it."""

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
    if not provider.credential_version:
        return False
    try:
        stored = credentials.secret_of(provider)
    except ServiceError as error:
        if error.code in _GONE:
            return False
        raise
    return hmac.compare_digest(stored.encode(), candidate.encode())
